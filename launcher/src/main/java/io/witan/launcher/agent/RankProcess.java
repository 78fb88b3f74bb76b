package io.witan.launcher.agent;

import io.witan.collectives.NodeDriver;
import io.witan.launcher.exit.ExitCode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
    private volatile RankJob newest;

    private RankProcess(RankJob job, Process process, RankLog log, Consumer<AgentEvent> events) {
        this.rank = job.rank();
        this.newest = job;
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

    /** A job: the first, or one that takes the place of the one before. */
    void send(RankJob job) {
        newest = job;
        try {
            stdin.write((Wire.encode(job) + "\n").getBytes(StandardCharsets.UTF_8));
            stdin.flush();
        } catch (IOException _) {
            // It died already; its exit says so.
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
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
        if (channel == Channel.LOST) {
            AgentEvent.Lost lost = Wire.decode(text, AgentEvent.Lost.class);
            log.add(Channel.LOG, "waits for the others: " + lost.message());
            events.accept(lost);
        } else {
            emit(channel, text);
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
        int code;
        try {
            code = process.waitFor();
            events.accept(new AgentEvent.Exited(rank, process.pid(), code));
            out.join(DRAIN);
            err.join(DRAIN);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
        if (code != 0 && !newest.aeronDirectory().isEmpty()) {
            NodeDriver.deleteLeftovers(
                    Path.of(newest.aeronDirectory()),
                    Long.parseUnsignedLong(newest.run().runId(), 16),
                    rank);
        }
        if (code == JVM_OUT_OF_MEMORY && log.saysOutOfMemory()) {
            code = ExitCode.OUT_OF_MEMORY.code();
        }
        log.close();
        if (log.broken() != null) {
            events.accept(new AgentEvent.Note("log " + log.file() + " is incomplete: " + log.broken()));
        }
        events.accept(new AgentEvent.Drained(rank, process.pid(), code, log.lastLines()));
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
