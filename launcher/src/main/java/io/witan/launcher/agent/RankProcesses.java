package io.witan.launcher.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** The processes of a node's ranks, one a rank, and who comes in place of one that is gone. Thread-safe. */
final class RankProcesses {
    private final NodeAgent.RankWords words;
    private final NodeJob first;
    private final long sharedBytes;
    private final String aeronDirectory;
    private final Consumer<AgentEvent> events;
    private final RankProcess[] processes;
    private final boolean[] failed;
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
    RankProcesses(
            NodeAgent.RankWords words,
            NodeJob first,
            long sharedBytes,
            String aeronDirectory,
            Consumer<AgentEvent> events) {
        this.words = words;
        this.first = first;
        this.sharedBytes = sharedBytes;
        this.aeronDirectory = aeronDirectory;
        this.events = events;
        this.processes = new RankProcess[first.ranks()];
        this.failed = new boolean[first.ranks()];
        this.left = first.ranks();
    }

    /** Starts a process for each rank. */
    void start() throws IOException {
        RunSpec run = first.run();
        logs = Path.of(run.outputFolder(), "logs");
        Files.createDirectories(logs);
        config = writeConfig(run);
        cores = run.binding() == Binding.CORE ? RankCores.of(first.ranks(), threads()) : null;
        for (int local = 0; local < processes.length; local++) {
            launch(local, order(run, local));
        }
    }

    /**
     * Gives each rank its next job; those that are gone get a process for it.
     *
     * @param replaced ranks whose processes are killed first
     */
    synchronized void goOn(NodeJob next, Set<Integer> replaced) throws IOException {
        attempt = next.run().attempt();
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
                first.firstRank() + local,
                threads(),
                sharedBytes / processes.length,
                aeronDirectory,
                config.toString());
    }

    private int threads() {
        int wanted = first.run().threads();
        return wanted > 0 ? wanted : Math.max(1, Runtime.getRuntime().availableProcessors() / processes.length);
    }

    /** Holds the lock meanwhile, so that a process is known before its end is. */
    private synchronized void launch(int local, RankJob order) throws IOException {
        List<String> command = new ArrayList<>(cores == null ? List.of() : cores.words(local));
        command.addAll(words.of(order.rank(), order.run().heap(), logs));
        Path log = logs.resolve("rank-" + order.rank() + ".log");
        processes[local] = RankProcess.start(command, order, log, events);
        if (killed) {
            processes[local].kill();
        }
    }

    /** On a shared file system the launcher wrote the same text already: then the file is left alone. */
    private static Path writeConfig(RunSpec run) throws IOException {
        Path config = Path.of(run.outputFolder(), "config.yaml");
        if (!Files.exists(config) || !Files.readString(config).equals(run.config())) {
            Path fresh = Files.createTempFile(config.getParent(), ".config", ".yaml");
            Files.writeString(fresh, run.config());
            Files.move(fresh, config, StandardCopyOption.ATOMIC_MOVE);
        }
        return config;
    }

    /** A process is gone. */
    synchronized void ended(AgentEvent.Drained event) {
        left--;
        int local = event.rank() - first.firstRank();
        if (event.attempt() == attempt) {
            failed[local] = event.code() != 0;
        }
    }

    /** True if none runs, and none will: all succeeded, or were stopped, or a failure ends the run. */
    synchronized boolean areOver() {
        boolean succeeded = true;
        for (boolean one : failed) {
            succeeded &= !one;
        }
        return left == 0 && (succeeded || stopped || first.run().maxRestarts() == 0);
    }

    /** SIGTERM to each. */
    void stop() {
        synchronized (this) {
            stopped = true;
        }
        snapshot().forEach(RankProcess::stop);
    }

    /** SIGKILL to each and all that it started. */
    void kill() {
        synchronized (this) {
            stopped = true;
            killed = true;
        }
        snapshot().forEach(RankProcess::kill);
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
