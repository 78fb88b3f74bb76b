package io.witan.benchmarks.collectives;

import io.witan.launcher.agent.JvmSettings;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The rank processes, from start to end. One thread, beside a reader a rank. */
final class RankFleet implements AutoCloseable {
    private static final String HEAP = "512m";
    private static final String INCUBATOR_NOTE = "WARNING: Using incubator modules: jdk.incubator.vector";
    private static final int GRACE_SECONDS = 10;

    /** What a reader saw: a line, or, where line is null, the end of the process. */
    private record Event(int rank, String line) {}

    private final List<Process> processes = new ArrayList<>();
    private final List<String> errors = new ArrayList<>();
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final Thread hook = new Thread(this::kill, "witan-bench-shutdown");

    /** @throws LaunchException ENVIRONMENT if a process cannot be started */
    static RankFleet start(JvmSettings java, long runId, Path driver, BenchOptions options) {
        RankFleet fleet = new RankFleet();
        Runtime.getRuntime().addShutdownHook(fleet.hook);
        List<Integer> cores = Machine.pinnableCores(options.ranks());
        try {
            for (int rank = 0; rank < options.ranks(); rank++) {
                List<String> command = new ArrayList<>();
                if (!cores.isEmpty()) {
                    command.addAll(List.of("taskset", "-c", Integer.toString(cores.get(rank))));
                }
                command.addAll(javaCommand(java));
                command.addAll(BenchRank.words(rank, runId, driver, options));
                fleet.add(new ProcessBuilder(command).redirectErrorStream(true).start());
            }
        } catch (IOException failed) {
            fleet.close();
            throw new LaunchException(
                    ExitCode.ENVIRONMENT,
                    "rank " + fleet.processes.size() + " cannot be started: " + failed.getMessage());
        }
        return fleet;
    }

    private static List<String> javaCommand(JvmSettings java) {
        List<String> command = new ArrayList<>(List.of(
                java.javaBinary(),
                "@" + java.optionsFile(),
                "-Xmx" + HEAP,
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:-UsePerfData"));
        String more = System.getenv(JvmSettings.OPTIONS_VARIABLE);
        if (more != null && !more.isBlank()) {
            command.addAll(List.of(more.strip().split("\\s+")));
        }
        command.addAll(List.of("-cp", java.classPath(), java.mainClass()));
        return command;
    }

    private void add(Process process) {
        int rank = processes.size();
        processes.add(process);
        errors.add("");
        Thread.ofVirtual().name("witan-bench-rank-" + rank).start(() -> read(rank, process));
    }

    private void read(int rank, Process process) {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                events.add(new Event(rank, line));
            }
        } catch (IOException closed) {
            events.add(new Event(rank, BenchRank.ERROR + closed.getMessage()));
        }
        process.onExit().join();
        events.add(new Event(rank, null));
    }

    List<Long> pids() {
        return processes.stream().map(Process::pid).toList();
    }

    /**
     * Hands on rows until all ranks have ended.
     *
     * @throws LaunchException with the code of the first rank that ended with one, which the message names
     */
    void awaitRows(Consumer<BenchRow> rows) throws InterruptedException {
        for (int running = processes.size(); running > 0; ) {
            Event event = events.take();
            if (event.line() == null) {
                running--;
                int code = processes.get(event.rank()).exitValue();
                if (code != 0) {
                    throw lost(event.rank(), code);
                }
            } else if (event.line().startsWith(BenchRank.ROW)) {
                rows.accept(BenchRow.fromJson(event.line().substring(BenchRank.ROW.length())));
            } else if (event.line().startsWith(BenchRank.ERROR)) {
                errors.set(event.rank(), ": " + event.line().substring(BenchRank.ERROR.length()));
            } else if (!event.line().equals(INCUBATOR_NOTE)) {
                System.err.println("rank " + event.rank() + ": " + event.line());
            }
        }
    }

    private LaunchException lost(int rank, int code) {
        ExitCode known = ExitCode.PEER_LOST;
        for (ExitCode candidate : ExitCode.values()) {
            known = candidate.code() == code ? candidate : known;
        }
        return new LaunchException(
                known,
                "bench: rank " + rank + " (pid " + processes.get(rank).pid() + ") ended: " + ExitCode.describe(code)
                        + errors.get(rank));
    }

    /** Ends what still runs, and waits for it. */
    @Override
    public void close() {
        kill();
        try {
            for (Process process : processes) {
                process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS);
            }
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (IllegalStateException atShutdown) {
            return;
        }
    }

    private void kill() {
        processes.forEach(Process::destroyForcibly);
    }

    /** Where the node's driver keeps its files: WITAN_SHM_DIR, or /dev/shm. */
    static Path sharedMemory() {
        String folder = System.getenv("WITAN_SHM_DIR");
        Path shared = Path.of(folder == null || folder.isBlank() ? "/dev/shm" : folder);
        if (!Files.isDirectory(shared)) {
            throw new LaunchException(ExitCode.ENVIRONMENT, shared + " is not a folder; mount a tmpfs there");
        }
        return shared;
    }
}
