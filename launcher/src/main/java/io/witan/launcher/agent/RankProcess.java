package io.witan.launcher.agent;

import io.witan.collectives.NodeDriver;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * One rank's process. Its stdin stays open for as long as this process lives: at its end the rank ends itself, so that
 * no rank outlives its agent, even one killed by SIGKILL.
 */
final class RankProcess {
    /** HotSpot's exit code under -XX:+ExitOnOutOfMemoryError. */
    private static final int JVM_OUT_OF_MEMORY = 3;

    /** How long output may still come after the exit, from a child process that holds the pipe. */
    private static final Duration DRAIN = Duration.ofSeconds(2);

    private final int rank;
    private final Process process;
    private final OutputStream stdin;
    private final RankLog log;
    private final Consumer<AgentEvent> events;
    private final Set<String> runIds = ConcurrentHashMap.newKeySet();
    private final ExecutorService orders;
    private RankJob newest;
    private boolean gone;
    /** The attempt whose job the rank has begun. */
    private volatile int taken = -1;

    private RankProcess(RankJob job, Process process, RankLog log, Consumer<AgentEvent> events) {
        this.rank = job.rank();
        this.newest = job;
        this.orders = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name("rank-" + rank + "-orders").factory());
        this.process = process;
        this.stdin = process.getOutputStream();
        this.log = log;
        this.events = events;
    }

    /** Starts the process, sends it its job and follows it; Started comes before any other event of the rank. */
    static RankProcess start(List<String> command, RankJob job, Path logFile, Consumer<AgentEvent> events)
            throws IOException {
        RankLog log = RankLog.open(logFile);
        Process process;
        try {
            process = new ProcessBuilder(command).start();
        } catch (IOException e) {
            log.close();
            throw e;
        }
        RankProcess started = new RankProcess(job, process, log, events);
        events.accept(new AgentEvent.Started(job.rank(), process.pid(), logFile.toString()));
        started.send(job);
        started.follow();
        return started;
    }

    /**
     * A job: the first, or one that takes the place of the one before. Does not wait for a process that does not read. Returns false
     * if the process is gone.
     */
    synchronized boolean send(RankJob job) {
        if (gone) {
            return false;
        }
        newest = job;
        runIds.add(job.run().runId());
        orders.execute(() -> write(job));
        return true;
    }

    private void write(RankJob job) {
        try {
            stdin.write((Wire.encode(job) + "\n").getBytes(StandardCharsets.UTF_8));
            stdin.flush();
        } catch (IOException _) {
            // It died already; its exit says so.
        }
    }

    private void follow() {
        Thread out = daemon("out", () -> new LinePump(process.getInputStream(), this::outLine).run());
        Thread err = daemon("err", () -> new LinePump(process.getErrorStream(), this::errLine).run());
        daemon("exit", () -> awaitExit(out, err));
    }

    private Thread daemon(String what, Runnable body) {
        return Thread.ofPlatform().daemon().name("rank-" + rank + "-" + what).start(body);
    }

    private void outLine(String line) {
        Channel channel = Channel.of(line);
        String text = channel.decode(line);
        switch (channel) {
            case TAKEN -> taken = Integer.parseInt(text);
            case LOST -> lost(text);
            default -> emit(channel, text);
        }
    }

    private void lost(String text) {
        try {
            AgentEvent.Lost lost = Wire.decode(text, AgentEvent.Lost.class);
            log.add(Channel.LOG, "waits for the others: " + lost.message());
            events.accept(lost);
        } catch (LaunchException cut) {
            emit(Channel.ERR, cut.getMessage());
        }
    }

    private void errLine(String line) {
        if (!line.startsWith("WARNING: Using incubator modules")) {
            emit(Channel.ERR, line);
        }
    }

    private void emit(Channel channel, String text) {
        log.add(channel, text);
        if (channel != Channel.LOG) {
            events.accept(new AgentEvent.Output(rank, channel, text));
        }
    }

    private void awaitExit(Thread out, Thread err) {
        try {
            int code = process.waitFor();
            RankJob last = last();
            int attempt = last.run().attempt();
            if (code == 0 && attempt > 0) {
                out.join(DRAIN);
                // It was done with the job before, and has not seen this one.
                code = taken < attempt ? ExitCode.PEER_LOST.code() : 0;
            }
            events.accept(new AgentEvent.Exited(rank, attempt, code));
            out.join(DRAIN);
            err.join(DRAIN);
            orders.shutdownNow();
            if (code != 0 && !last.aeronDirectory().isEmpty()) {
                deleteLeftovers(Path.of(last.aeronDirectory()));
            }
            close(attempt, code);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    /** From now on no job reaches the process. */
    private synchronized RankJob last() {
        gone = true;
        return newest;
    }

    private void close(int attempt, int exitCode) {
        boolean outOfMemory = exitCode == JVM_OUT_OF_MEMORY && log.saysOutOfMemory();
        int code = outOfMemory ? ExitCode.OUT_OF_MEMORY.code() : exitCode;
        log.close();
        if (log.broken() != null) {
            events.accept(new AgentEvent.Note("log " + log.file() + " is incomplete: " + log.broken()));
        }
        events.accept(new AgentEvent.Drained(rank, attempt, code, log.lastLines()));
    }

    /** Of each attempt in which the rank was: it may have been killed before it left the last one. */
    private void deleteLeftovers(Path driver) {
        for (String runId : runIds) {
            NodeDriver.deleteLeftovers(driver, Long.parseUnsignedLong(runId, 16), rank);
        }
    }

    /** SIGTERM: the rank saves and leaves. By its handle: Process.destroy would close the streams too, and lose its last words. */
    void stop() {
        process.toHandle().destroy();
    }

    /** SIGKILL to the rank and all that it started. */
    void kill() {
        List<ProcessHandle> children;
        try (Stream<ProcessHandle> descendants = process.descendants()) {
            children = descendants.toList();
        }
        process.toHandle().destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
    }
}
