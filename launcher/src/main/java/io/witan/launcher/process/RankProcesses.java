package io.witan.launcher.process;

import io.witan.launcher.message.AgentEvent;
import io.witan.launcher.message.Binding;
import io.witan.launcher.message.NodeJob;
import io.witan.launcher.message.RankJob;
import io.witan.launcher.message.RunSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** The processes of a node's ranks, one a rank, and who comes in place of one that is gone. Thread-safe. */
public final class RankProcesses implements RankEvents {
    private final RankWords words;
    private final NodeJob first;
    /** The newest, in which ranks may have other numbers than in the first. */
    private volatile NodeJob job;

    private final long sharedBytes;
    private final String aeronDirectory;
    private final Consumer<AgentEvent> events;
    private final RankProcess[] processes;
    private final boolean[] failed;
    private final BitSet steady = new BitSet();
    private SpareProcesses spares;
    private Path logs;
    private Path config;
    private RankCores cores;
    private int attempt;
    private int left;
    private boolean stopped;
    private boolean killed;

    /**
     * @param sharedBytes that the node's ranks may take together
     * @param aeronDirectory empty: there is no driver
     * @param events gets those of each process
     */
    public RankProcesses(
            RankWords words, NodeJob first, long sharedBytes, String aeronDirectory, Consumer<AgentEvent> events) {
        this.words = words;
        this.first = first;
        this.job = first;
        this.sharedBytes = sharedBytes;
        this.aeronDirectory = aeronDirectory;
        this.events = events;
        this.processes = new RankProcess[first.ranks()];
        this.failed = new boolean[first.ranks()];
        this.left = first.ranks();
        this.attempt = first.run().attempt();
    }

    /** Starts a process for each rank. */
    public void start() throws IOException {
        RunSpec run = first.run();
        logs = Path.of(run.output().folder(), "logs");
        Files.createDirectories(logs);
        config = writeConfig(run);
        cores = run.processes().binding() == Binding.CORE ? RankCores.of(first.ranks(), threads()) : null;
        spares = new SpareProcesses(words, new SpareWork(order(run, 0), first.node()), logs);
        for (int local = 0; local < processes.length; local++) {
            launch(local, order(run, local));
        }
    }

    @Override
    public void accept(AgentEvent event) {
        events.accept(event);
    }

    /** Once all are, spares do not disturb their start. */
    @Override
    public synchronized void steady(int rank, int ofAttempt) {
        if (ofAttempt == attempt) {
            steady.set(rank - job.firstRank());
        }
        if (steady.cardinality() == processes.length && !stopped) {
            spares.fill();
        }
    }

    /**
     * Gives each rank its next job; those that are gone get a process for it.
     *
     * @param replaced ranks whose processes are killed first
     */
    public synchronized void goOn(NodeJob next, Set<Integer> replaced) throws IOException {
        job = next;
        attempt = next.run().attempt();
        steady.clear();
        for (int local = 0; local < processes.length; local++) {
            RankProcess process = processes[local];
            RankJob order = order(next.run(), local);
            boolean isReplaced = replaced.contains(order.rank());
            if (isReplaced) {
                process.kill();
            }
            if (isReplaced || !process.send(order)) {
                left++;
                failed[local] = false;
                launch(local, order);
            }
        }
    }

    private RankJob order(RunSpec run, int local) {
        return new RankJob(
                run,
                first.name(),
                job.firstRank() + local,
                threads(),
                sharedBytes / processes.length,
                aeronDirectory,
                config.toString());
    }

    private int threads() {
        int wanted = first.run().processes().threads();
        return wanted > 0 ? wanted : Math.max(1, Runtime.getRuntime().availableProcessors() / processes.length);
    }

    /** Holds the lock meanwhile, so that a process is known before its end is. */
    private synchronized void launch(int local, RankJob order) throws IOException {
        // By the rank's first number: by another one it might be that of a process which is there.
        Path log = logs.resolve("rank-" + (first.firstRank() + local) + ".log");
        Optional<ChildProcess> spare = spares.take();
        if (spare.isPresent()) {
            if (cores != null) {
                cores.bind(spare.get().pid(), local);
            }
            processes[local] = RankProcess.takeOver(spare.get(), order, log, this);
        } else {
            List<String> command = new ArrayList<>(cores == null ? List.of() : cores.words(local));
            command.addAll(words.of(order.rank(), order.run().processes().heap(), logs));
            processes[local] = RankProcess.start(command, order, log, this);
        }
        if (killed) {
            processes[local].kill();
        }
    }

    /** On a shared file system the launcher wrote the same text already: then the file is left alone. */
    private static Path writeConfig(RunSpec run) throws IOException {
        Path config = Path.of(run.output().folder(), "config.yaml");
        if (!Files.exists(config) || !Files.readString(config).equals(run.config())) {
            Path fresh = Files.createTempFile(config.getParent(), ".config", ".yaml");
            Files.writeString(fresh, run.config());
            Files.move(fresh, config, StandardCopyOption.ATOMIC_MOVE);
        }
        return config;
    }

    /** A process is gone. */
    public synchronized void ended(AgentEvent.Drained event) {
        left--;
        if (event.attempt() == attempt) {
            failed[event.rank() - job.firstRank()] = event.code() != 0;
        }
    }

    /** True if none runs, and none will: all succeeded, or were stopped, or a failure ends the run. */
    public synchronized boolean areOver() {
        boolean succeeded = true;
        for (boolean one : failed) {
            succeeded &= !one;
        }
        return left == 0 && (succeeded || stopped || first.run().attempts().maxRestarts() == 0);
    }

    /** SIGTERM to each. */
    public void stop() {
        synchronized (this) {
            stopped = true;
        }
        snapshot().forEach(RankProcess::stop);
        closeSpares();
    }

    /** SIGKILL to each and all that it started. */
    public void kill() {
        synchronized (this) {
            stopped = true;
            killed = true;
        }
        snapshot().forEach(RankProcess::kill);
        closeSpares();
    }

    /** None is started any more, as no rank is. */
    private void closeSpares() {
        SpareProcesses left;
        synchronized (this) {
            left = spares;
        }
        if (left != null) {
            left.close();
        }
    }

    private synchronized List<RankProcess> snapshot() {
        List<RankProcess> started = new ArrayList<>();
        for (RankProcess process : processes) {
            if (process != null) {
                started.add(process);
            }
        }
        return started;
    }
}
