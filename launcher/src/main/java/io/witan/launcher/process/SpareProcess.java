package io.witan.launcher.process;

import io.witan.collectives.NodeDriver;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.message.Channel;
import io.witan.launcher.message.RankJob;
import io.witan.launcher.message.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A process that works by itself until it is warm, and waits for a rank's job then. Thread-safe. */
final class SpareProcess {
    private static final Duration END = Duration.ofSeconds(2);

    private final ChildProcess process;
    private final RankJob work;
    private final RankLog log;
    private Thread exit;
    private boolean ready;
    private boolean taken;

    private SpareProcess(ChildProcess process, RankJob work, RankLog log) {
        this.process = process;
        this.work = work;
        this.log = log;
    }

    /** @param work what it does first, in a world of its own */
    static SpareProcess start(List<String> command, RankJob work, Path logFile) throws IOException {
        RankLog log = RankLog.open(logFile);
        ChildProcess process;
        try {
            String name = String.valueOf(logFile.getFileName()).replace(".log", "");
            process = ChildProcess.start(command, name);
        } catch (IOException e) {
            log.add(Channel.LOG, "no spare: " + e.getMessage());
            log.close();
            throw e;
        }
        SpareProcess spare = new SpareProcess(process, work, log);
        log.add(Channel.LOG, "spare process " + process.pid() + " gets warm");
        process.listen(spare::outLine, line -> log.add(Channel.ERR, line));
        process.send(Wire.encode(work));
        spare.exit = process.follow("exit", spare::awaitExit);
        return spare;
    }

    private void outLine(String line) {
        Channel channel = Channel.of(line);
        log.add(Channel.LOG, channel.decode(line));
        if (channel == Channel.READY) {
            synchronized (this) {
                ready = true;
            }
        }
    }

    private void awaitExit() {
        try {
            int code = process.await();
            synchronized (this) {
                if (taken) {
                    return;
                }
                taken = true;
            }
            process.drain(END);
            process.hangUp();
            log.add(Channel.LOG, "no spare any more: " + ExitCode.describe(code));
            log.close();
            deleteLeftovers();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }

    /** What it had in shared memory, if it was killed at work. */
    private void deleteLeftovers() {
        if (work.aeronDirectory().isEmpty()) {
            return;
        }
        Path driver = Path.of(work.aeronDirectory());
        long runId = Long.parseUnsignedLong(work.run().runId(), 16);
        for (int rank = 0; rank < work.run().worldSize(); rank++) {
            for (int attempt = 0; attempt <= SpareWork.LAST_ATTEMPT; attempt++) {
                NodeDriver.deleteLeftovers(driver, runId + attempt, rank);
            }
        }
        SpareFolder.delete(Path.of(work.run().output().folder()));
    }

    /** True while it can be taken. */
    synchronized boolean isThere() {
        return !taken && process.isAlive();
    }

    synchronized boolean isReady() {
        return ready;
    }

    /** Hands the process over, which must not be gone; its log ends. */
    synchronized Optional<ChildProcess> take() {
        if (!isThere()) {
            return Optional.empty();
        }
        taken = true;
        log.add(
                Channel.LOG,
                "spare process " + process.pid() + " is a rank now" + (ready ? "" : ", before it was warm"));
        log.close();
        return Optional.of(process);
    }

    /** SIGKILL; waits a moment until all that it had is gone. */
    void close() {
        if (isThere()) {
            process.kill();
            try {
                exit.join(END);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
