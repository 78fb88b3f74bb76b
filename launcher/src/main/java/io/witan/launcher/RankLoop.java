package io.witan.launcher;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.Failure;
import io.witan.launcher.message.AgentEvent;
import io.witan.launcher.message.RankJob;
import io.witan.launcher.supervise.Signals;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What a process does that is a rank: job after job, until one ends for good. SIGTERM asks it to save and leave. SIGINT is left to the
 * launcher, as Ctrl-C reaches the whole process group.
 */
final class RankLoop {
    private static final Duration EXIT_PATIENCE = Duration.ofSeconds(10);

    private final Composition composition;
    private final Training training;
    private final RankConsole console = new RankConsole(System.out);
    private final AtomicBoolean stop = new AtomicBoolean();

    RankLoop(Composition composition, Training training) {
        this.composition = composition;
        this.training = training;
    }

    /** From now on. */
    void heedSignals() {
        Signals.handle(Signals.INT, _ -> {});
        Signals.handle(Signals.HUP, _ -> {});
        Signals.handle(Signals.TERM, _ -> stop.set(true));
    }

    boolean isStopped() {
        return stop.get();
    }

    RankConsole console() {
        return console;
    }

    RankContext context(RankOrders orders, RankJob job) {
        return new RankContext(job, console, stop::get, () -> orders.isOver(job));
    }

    /** Returns the exit code; the process ends soon after, whatever libraries still do. */
    int run(RankOrders orders, RankJob first) throws InterruptedException {
        int code = attempts(orders, first);
        Thread.ofPlatform().daemon().name("rank-exit").start(() -> exitInTime(code));
        return code;
    }

    /**
     * How a job ended.
     *
     * @param failure null: the program gave the code itself
     */
    private record Ended(int code, Failure failure) {}

    private int attempts(RankOrders orders, RankJob first) throws InterruptedException {
        RankJob job = first;
        while (true) {
            RankJob current = job;
            console.taken(current.run().attempt());
            RankContext context = context(orders, current);
            Ended ended = run(context);
            job = next(orders, current, ended);
            if (job == null) {
                return tell(ended, context);
            }
        }
    }

    /** The job after this one; null if there is none. */
    private RankJob next(RankOrders orders, RankJob job, Ended ended) throws InterruptedException {
        int attempt = job.run().attempt();
        if (orders.isOver(job)) {
            if (ended.failure() != null) {
                console.log("attempt " + attempt + " was given up: "
                        + ended.failure().line());
            }
        } else if (onlyLostOthers(ended, job)) {
            console.lost(new AgentEvent.Lost(
                    job.rank(), attempt, ended.code(), ended.failure().line()));
        } else {
            return null;
        }
        return orders.after(job, stop::get);
    }

    /** And may go on with them. At a first start it may not: they may never have been there. */
    private boolean onlyLostOthers(Ended ended, RankJob job) {
        boolean lost = ended.code() == ExitCode.PEER_LOST.code()
                || ended.code() == ExitCode.RENDEZVOUS.code() && job.run().attempt() > 0;
        return lost && ended.failure() != null && job.run().attempts().maxRestarts() > 0 && !stop.get();
    }

    private Ended run(RankContext context) {
        try {
            return new Ended(training.program().run(context), null);
        } catch (Throwable thrown) {
            Failure failure = failure(thrown);
            return new Ended(failure.code().code(), failure);
        }
    }

    /** What something thrown means to the user. */
    Failure failure(Throwable thrown) {
        return Failure.of(thrown, composition.rules());
    }

    /** Says why, and returns the exit code. */
    private int tell(Ended ended, RankContext context) {
        Failure failure = ended.failure();
        if (failure == null) {
            return ended.code();
        }
        if (failure.trace().isEmpty()) {
            System.err.println(failure.line());
        } else {
            console.log(failure.trace());
            System.err.println(failure.line() + " (stack trace in "
                    + context.outputFolder().resolve("logs").resolve("rank-" + context.rank() + ".log") + ")");
        }
        return ended.code();
    }

    /** A library's shutdown hook must not keep a finished rank. */
    private static void exitInTime(int code) {
        try {
            Thread.sleep(EXIT_PATIENCE);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(code);
    }
}
