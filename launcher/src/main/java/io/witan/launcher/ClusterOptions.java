package io.witan.launcher;

import io.witan.launcher.cluster.Cluster;
import io.witan.launcher.cluster.ClusterFile;
import io.witan.launcher.cluster.LocalAddresses;
import io.witan.launcher.engine.EnginePlace;
import io.witan.launcher.engine.SlurmAllocation;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options that say where a run's ranks are, and the nodes that they and the environment mean. */
final class ClusterOptions {
    private static final String SLURM = "slurm";
    private static final int MAX_RANKS = 4096;
    private static final int MIN_PORT = 1024;
    private static final int MAX_PORT = 65_535;
    private static final int MAX_TIMEOUT_S = 24 * 3600;
    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");
    private static final Pattern ADDRESS =
            Pattern.compile("(?:\\[([0-9A-Fa-f:.]+)]|([A-Za-z0-9][A-Za-z0-9._-]*))(?::([0-9]{1,5}))?");

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--ranks",
            paramLabel = "N",
            description = "processes on this machine (default: 2, or those of the resumed run)")
    private Integer ranks;

    @Option(
            names = "--cluster",
            paramLabel = "FILE|slurm",
            description = "nodes to train on (see cluster-configs/); slurm: those of the Slurm job that this runs in")
    private String cluster;

    @Option(
            names = "--rendezvous",
            paramLabel = "HOST[:PORT]",
            description = "where the first node is, if mpirun, srun or Kubernetes starts a process on each node")
    private String rendezvous;

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "UDP port of rank 0, rank r has N + r; TCP port of the rendezvous (default: 40500)")
    private Integer port;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "for all nodes to come, and then for all ranks to find each other (default: 60)")
    private Integer timeout;

    /** @throws ParameterException if they contradict each other */
    void check() {
        between("--ranks", ranks, 1, MAX_RANKS);
        between("--port", port, MIN_PORT, MAX_PORT);
        between("--timeout", timeout, 1, MAX_TIMEOUT_S);
        if (cluster != null && ranks != null) {
            throw usage("--ranks and --cluster exclude each other: the cluster file gives the ranks of each node");
        }
        if (isFile() && (port != null || timeout != null)) {
            throw usage("--port and --timeout are keys of the cluster file: port, timeout");
        }
        if (rendezvous != null && !ADDRESS.matcher(rendezvous).matches()) {
            throw usage("--rendezvous must be HOST or HOST:PORT, got \"" + rendezvous + "\"");
        }
    }

    private boolean isFile() {
        return cluster != null && !cluster.equals(SLURM);
    }

    private void between(String option, Integer value, int min, int max) {
        if (value != null && (value < min || value > max)) {
            throw usage(option + " must be a whole number from " + min + " to " + max + ", got " + value);
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /** This process's part among those that an engine has started; empty: it was started alone. */
    Optional<EngineStart> engine() {
        Optional<EnginePlace> found = EnginePlace.of(System.getenv(), hostName());
        if (found.isEmpty()) {
            if (rendezvous != null) {
                throw usage("--rendezvous is for processes that mpirun, srun or Kubernetes (with "
                        + EnginePlace.NODES_VARIABLE + ") starts together; this one was started alone");
            }
            return Optional.empty();
        }
        EnginePlace place = found.get();
        if (cluster != null || ranks != null) {
            throw usage("this is process " + place.process() + " of " + place.processes() + " that " + place.engine()
                    + " has started, which is where the nodes and ranks come from: leave out "
                    + (cluster == null ? "--ranks" : "--cluster") + ", or start one process");
        }
        Matcher address = ADDRESS.matcher(rendezvous == null ? "" : rendezvous);
        if (!address.matches()) {
            return Optional.of(new EngineStart(place, "", port(), patience()));
        }
        String host = address.group(1) == null ? address.group(2) : address.group(1);
        int at = address.group(3) == null ? port() : Integer.parseInt(address.group(3));
        between("the port of --rendezvous", at, MIN_PORT, MAX_PORT);
        return Optional.of(new EngineStart(place, host, at, patience()));
    }

    /**
     * The nodes, with the agents of those that come by themselves.
     *
     * @param usualRanks if nothing else says how many
     */
    Nodes nodes(Optional<EngineStart> engine, IntSupplier usualRanks, Consumer<String> notes)
            throws InterruptedException {
        if (engine.isPresent()) {
            return engine.get().gather(notes);
        }
        if (isFile()) {
            return Nodes.of(read(Path.of(cluster)));
        }
        return Nodes.of(cluster == null ? local(usualRanks) : slurm(System.getenv()));
    }

    private static Cluster read(Path file) {
        if (!file.toString().endsWith(".yaml") && !file.toString().endsWith(".yml")) {
            throw new LaunchException(
                    ExitCode.CONFIG, "cluster file " + file + " must end in .yaml or .yml, or be " + SLURM);
        }
        return ClusterFile.read(file, LocalAddresses::contains);
    }

    private Cluster local(IntSupplier usualRanks) {
        Cluster local = Cluster.local(ranks == null ? usualRanks.getAsInt() : ranks);
        return new Cluster(local.nodes(), port(), patience());
    }

    private Cluster slurm(Map<String, String> environment) {
        return SlurmAllocation.of(environment, port(), patience());
    }

    private int port() {
        return port == null ? Cluster.DEFAULT_PORT : port;
    }

    private Duration patience() {
        return timeout == null ? Cluster.DEFAULT_TIMEOUT : Duration.ofSeconds(timeout);
    }

    private static String hostName() {
        try {
            return Files.readString(HOST_NAME).strip();
        } catch (IOException _) {
            return "node";
        }
    }
}
