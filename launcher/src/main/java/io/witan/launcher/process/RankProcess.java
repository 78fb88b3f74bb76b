package io.witan.launcher.process;

import io.witan.collectives.NodeDriver;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.message.AgentEvent;
import io.witan.launcher.message.Channel;
import io.witan.launcher.message.RankJob;
import io.witan.launcher.message.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** One rank's process: a new one, or one that was warm and waited. */
final class RankProcess {
    /** HotSpot's exit code under -XX:+ExitOnOutOfMemoryError. */
    private static final int JVM_OUT_OF_MEMORY = 3;

    /** How long output may still come after the exit, from a child process that holds the pipe. */
    private static final Duration DRAIN = Duration.ofSeconds(2);

    private static final int NONE = -1;

    /** As the newest job numbers it. */
    private volatile int rank;

    private final ChildProcess process;
    private final RankLog log;
    private final RankEvents events;
    private final boolean wasSpare;
    /** Its number in each attempt in which it was, by run id. */
    private final Map<String, Integer> numbers = new ConcurrentHashMap<>();

    private RankJob newest;
    private boolean gone;
    /** The attempt whose job the rank has begun. */
    private volatile int taken = NONE;

    private RankProcess(RankJob job, ChildProcess process, RankLog log, RankEvents events, boolean wasSpare) {
        this.rank = job.rank();
        this.newest = job;
        this.process = process;
        this.log = log;
        this.events = events;
        this.wasSpare = wasSpare;
    }

    /** Starts a process, sends it its job and follows it; Started comes before any other event of the rank. */
    static RankProcess start(List<String> command, RankJob job, Path logFile, RankEvents events) throws IOException {
        RankLog log = RankLog.open(logFile);
        ChildProcess process;
        try {
            process = ChildProcess.start(command, "rank-" + job.rank());
        } catch (IOException e) {
            log.close();
            throw e;
        }
        return follow(new RankProcess(job, process, log, events, false), job);
    }

    /** The same with a spare, which is the rank from now on. */
    static RankProcess takeOver(ChildProcess spare, RankJob job, Path logFile, RankEvents events) throws IOException {
        RankLog log;
        try {
            log = RankLog.open(logFile);
        } catch (IOException e) {
            spare.kill();
            throw e;
        }
        log.add(Channel.LOG, "rank " + job.rank() + " goes on in process " + spare.pid() + ", which was a spare");
        return follow(new RankProcess(job, spare, log, events, true), job);
    }

    private static RankProcess follow(RankProcess rank, RankJob job) {
        rank.events.accept(new AgentEvent.Started(
                job.rank(),
                job.run().attempt(),
                rank.process.pid(),
                rank.log.file().toString()));
        rank.process.listen(rank::outLine, rank::errLine);
        rank.send(job);
        rank.process.follow("exit", rank::awaitExit);
        return rank;
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
        rank = job.rank();
        numbers.put(job.run().runId(), job.rank());
        process.send(Wire.encode(job));
        return true;
    }

    private void outLine(String line) {
        Channel channel = Channel.of(line);
        String text = channel.decode(line);
        switch (channel) {
            case TAKEN -> taken = Integer.parseInt(text);
            case STEADY -> events.steady(rank, Integer.parseInt(text));
            case READY -> log.add(Channel.LOG, text);
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

    private void awaitExit() {
        try {
            int code = process.await();
            RankJob last = last();
            int attempt = last.run().attempt();
            if (code == 0 && attempt > 0 || wasSpare) {
                process.drain(DRAIN);
                code = afterDrain(code, attempt);
            }
            events.accept(new AgentEvent.Exited(rank, attempt, code));
            process.drain(DRAIN);
            process.hangUp();
            if (code != 0 && !last.aeronDirectory().isEmpty()) {
                deleteLeftovers(Path.of(last.aeronDirectory()));
            }
            close(attempt, code);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    /** One that was done with the job before, or was still a spare, and has not seen this one, only lost the others. */
    private int afterDrain(int code, int attempt) {
        boolean unseen = code == 0 && attempt > 0 && taken < attempt;
        boolean stillSpare = wasSpare && taken == NONE && code < ExitCode.ofSignal(0);
        return unseen || stillSpare ? ExitCode.PEER_LOST.code() : code;
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
        numbers.forEach(
                (runId, number) -> NodeDriver.deleteLeftovers(driver, Long.parseUnsignedLong(runId, 16), number));
    }

    /** SIGTERM: the rank saves and leaves. */
    void stop() {
        process.stop();
    }

    /** SIGKILL to the rank and all that it started. */
    void kill() {
        process.kill();
    }
}
