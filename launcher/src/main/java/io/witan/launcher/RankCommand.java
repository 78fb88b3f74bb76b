package io.witan.launcher;

import io.witan.launcher.agent.RankJob;
import io.witan.launcher.agent.Wire;
import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.Failure;
import io.witan.launcher.supervise.Signals;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
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
    public Integer call() throws IOException {
        Signals.handle(Signals.INT, _ -> {});
        Signals.handle(Signals.HUP, _ -> {});
        Signals.handle(Signals.TERM, _ -> stop.set(true));
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String first = orders.readLine();
        if (first == null) {
            System.err.println("witan rank: is started by the launcher only");
            return ExitCode.USAGE.code();
        }
        RankJob job = Wire.decode(first, RankJob.class);
        if (job.rank() != rank) {
            throw new IllegalStateException("started as rank " + rank + " with the job of rank " + job.rank());
        }
        Thread.ofPlatform().daemon().name("rank-watch").start(() -> dieWithAgent(orders));
        int code = run(new RankContext(job, new RankConsole(System.out), stop::get));
        Thread.ofPlatform().daemon().name("rank-exit").start(() -> exitInTime(code));
        return code;
    }

    private int run(RankContext context) {
        try {
            return training.program().run(context);
        } catch (Throwable thrown) {
            Failure failure = Failure.of(thrown, composition.rules());
            if (failure.trace().isEmpty()) {
                System.err.println(failure.line());
            } else {
                context.console().log(failure.trace());
                System.err.println(failure.line() + " (stack trace in "
                        + context.outputFolder().resolve("logs").resolve("rank-" + rank + ".log") + ")");
            }
            return failure.code().code();
        }
    }

    private static void dieWithAgent(BufferedReader orders) {
        try {
            while (orders.readLine() != null) {
                Thread.onSpinWait();
            }
        } catch (IOException _) {
            // As its end.
        }
        Runtime.getRuntime().halt(ExitCode.PEER_LOST.code());
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
