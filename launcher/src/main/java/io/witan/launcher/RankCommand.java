package io.witan.launcher;

import io.witan.launcher.agent.AgentEvent;
import io.witan.launcher.agent.RankJob;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.Failure;
import io.witan.launcher.supervise.Signals;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * A rank's process. SIGTERM asks it to save and leave. SIGINT is left to the launcher, as Ctrl-C reaches the whole process
 * group. At the end of stdin its agent is dead, and so is the rank.
 */
@Command(name = "rank", hidden = true, description = "Runs one rank; the launcher starts it.")
final class RankCommand implements Callable<Integer> {
    private static final Duration EXIT_PATIENCE = Duration.ofSeconds(10);

    private final Composition composition;
    private final Training training;
    private final AtomicBoolean stop = new AtomicBoolean();

    @Parameters(description = "number of the rank, for the process list")
    private int rank;

    RankCommand(Composition composition, Training training) {
        this.composition = composition;
        this.training = training;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Signals.handle(Signals.INT, _ -> {});
        Signals.handle(Signals.HUP, _ -> {});
        Signals.handle(Signals.TERM, _ -> stop.set(true));
        RankOrders orders = new RankOrders(System.in);
        RankJob job = orders.first();
        if (job == null) {
            System.err.println("witan rank: is started by the launcher only");
            return ExitCode.USAGE.code();
        }
        if (job.rank() != rank) {
            throw new IllegalStateException("started as rank " + rank + " with the job of rank " + job.rank());
        }
        int code = attempts(orders, job);
        Thread.ofPlatform().daemon().name("rank-exit").start(() -> exitInTime(code));
        return code;
    }

    /**
     * How a job ended.
     *
     * @param failure null: the program gave the code itself
     */
    private record Ended(int code, Failure failure) {}

    /** Job after job, until one ends for good. */
    private int attempts(RankOrders orders, RankJob first) throws InterruptedException {
        RankConsole console = new RankConsole(System.out);
        RankJob job = first;
        while (true) {
            RankJob current = job;
            console.taken(current.run().attempt());
            RankContext context = new RankContext(current, console, stop::get, () -> orders.isOver(current));
            Ended ended = run(context);
            job = next(orders, current, ended, console);
            if (job == null) {
                return tell(ended, context);
            }
        }
    }

    /** The job after this one; null if there is none. */
    private RankJob next(RankOrders orders, RankJob job, Ended ended, RankConsole console) throws InterruptedException {
        int attempt = job.run().attempt();
        if (orders.isOver(job)) {
            if (ended.failure() != null) {
                console.log("attempt " + attempt + " was given up: "
                        + ended.failure().line());
            }
        } else if (onlyLostOthers(ended, job)) {
            console.lost(new AgentEvent.Lost(
                    rank, attempt, ended.code(), ended.failure().line()));
        } else {
            return null;
        }
        return orders.after(job, stop::get);
    }

    /** And may go on with them. At a first start it may not: they may never have been there. */
    private boolean onlyLostOthers(Ended ended, RankJob job) {
        boolean lost = ended.code() == ExitCode.PEER_LOST.code()
                || ended.code() == ExitCode.RENDEZVOUS.code() && job.run().attempt() > 0;
        return lost && ended.failure() != null && job.run().maxRestarts() > 0 && !stop.get();
    }

    private Ended run(RankContext context) {
        try {
            return new Ended(training.program().run(context), null);
        } catch (Throwable thrown) {
            Failure failure = Failure.of(thrown, composition.rules());
            return new Ended(failure.code().code(), failure);
        }
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
            context.console().log(failure.trace());
            System.err.println(failure.line() + " (stack trace in "
                    + context.outputFolder().resolve("logs").resolve("rank-" + rank + ".log") + ")");
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
