package io.witan.launcher;

import io.witan.launcher.agent.NodeAgent;
import io.witan.launcher.cluster.Cluster;
import io.witan.launcher.cluster.NodeSpec;
import io.witan.launcher.doctor.Preflight;
import io.witan.launcher.engine.EnginePlace;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.message.AgentLink;
import io.witan.launcher.process.JvmSettings;
import io.witan.launcher.rendezvous.Dialler;
import io.witan.launcher.rendezvous.Expected;
import io.witan.launcher.rendezvous.Joining;
import io.witan.launcher.rendezvous.Rendezvous;
import io.witan.launcher.rendezvous.RunKey;
import io.witan.launcher.rendezvous.SocketAgent;
import io.witan.launcher.supervise.Signals;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** This process's part in a run whose processes an engine has started: launcher, agent of a node, or nothing at all. */
final class EngineStart {
    private final EnginePlace place;
    private final String host;
    private final int port;
    private final Duration timeout;

    /**
     * @param host of the first node; empty: what the engine says
     * @param port TCP port of the rendezvous, and UDP port of rank 0
     */
    EngineStart(EnginePlace place, String host, int port, Duration timeout) {
        this.place = place;
        this.host = host.isEmpty() ? place.first() : host;
        this.port = port;
        this.timeout = timeout;
    }

    boolean isLauncher() {
        return place.isLauncher();
    }

    /** What all but the launcher do: returns at once, or serves the launcher. */
    int serve(Composition composition, Training training) throws IOException, InterruptedException {
        if (!place.isAgent() || place.isAlone()) {
            return ExitCode.OK.code();
        }
        warnOfBinding(System.err::println);
        NodeAgent agent =
                new NodeAgent(JvmSettings.current(composition.mainClass()), training.transport(), Preflight::check);
        Dialler dialler = new Dialler(requireHost(), port, key(), timeout);
        Signals.handle(Signals.INT, _ -> {});
        Signals.handle(Signals.TERM, signal -> {
            if (!dialler.hasJob()) {
                Runtime.getRuntime().halt(ExitCode.ofSignal(signal));
            }
            agent.stop();
        });
        return dialler.serve(
                agent, new Joining(Version.current(), place.process(), place.locals(), place.ranks(), place.node()));
    }

    /** What the launcher does: waits for the agents of all other nodes. */
    Nodes gather(Consumer<String> notes) throws InterruptedException {
        warnOfBinding(notes);
        if (place.isAlone()) {
            Cluster local = Cluster.local(place.ranks());
            return Nodes.of(new Cluster(local.nodes(), port, timeout));
        }
        RunKey key = key();
        try (Rendezvous rendezvous = Rendezvous.open(resolve(notes), key)) {
            Expected expected = new Expected(Version.current(), place.processes(), place.locals(), place.others());
            Map<Integer, SocketAgent> agents = rendezvous.gather(expected, timeout, notes);
            return nodes(rendezvous.address().getAddress().getHostAddress(), agents);
        }
    }

    private RunKey key() {
        try {
            return RunKey.of(System.getenv());
        } catch (LaunchException e) {
            throw new LaunchException(e.code(), "node " + place.node() + ": " + e.getMessage(), e);
        }
    }

    private Nodes nodes(String address, Map<Integer, SocketAgent> agents) {
        List<NodeSpec> specs = new ArrayList<>();
        Set<String> names = new HashSet<>();
        specs.add(new NodeSpec(unique(place.node(), place.process(), names), address, place.ranks(), List.of(), ""));
        Map<String, AgentLink> joined = new HashMap<>();
        agents.forEach((process, agent) -> {
            Joining joining = agent.joining();
            String name = unique(joining.node(), process, names);
            specs.add(new NodeSpec(name, agent.address(), joining.ranks(), List.of(), ""));
            joined.put(name, agent);
        });
        return new Nodes(new Cluster(specs, port, timeout), joined);
    }

    private static String unique(String name, int process, Set<String> names) {
        String plain = name.replaceAll("[^A-Za-z0-9._-]", "_");
        String chosen = plain.isEmpty() || names.contains(plain) ? plain + "-" + process : plain;
        names.add(chosen);
        return chosen;
    }

    private String requireHost() {
        if (host.isEmpty()) {
            throw new LaunchException(
                    ExitCode.USAGE,
                    place.engine() + " does not tell the nodes where the first one is: give --rendezvous HOST");
        }
        return host;
    }

    /** A pod's name is known a little after its start. */
    private InetSocketAddress resolve(Consumer<String> notes) {
        long deadlineNs = System.nanoTime() + timeout.toNanos();
        InetSocketAddress address = new InetSocketAddress(requireHost(), port);
        while (address.isUnresolved() && System.nanoTime() < deadlineNs) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
            address = new InetSocketAddress(host, port);
        }
        if (address.isUnresolved()) {
            throw new LaunchException(
                    ExitCode.ENVIRONMENT,
                    "rendezvous: the name " + host + " was not known on the first node within " + timeout.toSeconds()
                            + " s");
        }
        String number = address.getAddress().getHostAddress();
        if (address.getAddress().isLoopbackAddress() && !number.equals(host) && !host.equals("localhost")) {
            notes.accept("witan: on the first node " + host + " means " + number
                    + ", which no other machine reaches; --rendezvous may give its address");
        }
        return address;
    }

    private void warnOfBinding(Consumer<String> notes) {
        int cores = Runtime.getRuntime().availableProcessors();
        if (place.isAgent() && place.locals() > 1 && place.ranks() > cores) {
            notes.accept("witan: node " + place.node() + ": " + place.ranks() + " ranks on the " + cores
                    + " core(s) that " + place.engine()
                    + " lets its first process use; mpirun --bind-to none and srun --cpu-bind=none let it use all");
        }
    }
}
