package io.witan.launcher;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.Failure;
import io.witan.launcher.message.RankJob;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * A process that may become a rank: its first job is to get warm, its next one that of a rank that died. If that comes first, it gives
 * up getting warm. At the end of stdin its agent is dead, and so is the spare.
 */
@Command(name = "spare", hidden = true, description = "Waits for the job of a rank that died; the launcher starts it.")
final class SpareCommand implements Callable<Integer> {
    private final Composition composition;
    private final Training training;

    @Parameters(description = "name of the spare, for the process list")
    private String name;

    SpareCommand(Composition composition, Training training) {
        this.composition = composition;
        this.training = training;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        OomScore score = OomScore.first();
        RankLoop loop = new RankLoop(composition, training);
        loop.heedSignals();
        RankOrders orders = new RankOrders(System.in);
        RankJob warmUp = orders.first();
        if (warmUp == null) {
            System.err.println("witan spare: is started by the launcher only");
            return ExitCode.USAGE.code();
        }
        int code = warm(loop, loop.context(orders, warmUp));
        if (code != ExitCode.OK.code() && !orders.isOver(warmUp)) {
            return code;
        }
        RankJob job = orders.after(warmUp, loop::isStopped);
        score.restore();
        return job == null ? ExitCode.OK.code() : loop.run(orders, job);
    }

    private int warm(RankLoop loop, RankContext context) {
        long begin = System.nanoTime();
        try {
            training.program().warmUp(context);
            // What it held on the heap is garbage now, and goes back to the machine.
            System.gc();
            double seconds = (System.nanoTime() - begin) / (double) TimeUnit.SECONDS.toNanos(1);
            loop.console().ready(String.format(Locale.ROOT, "%s is warm after %.1f s", name, seconds));
            return ExitCode.OK.code();
        } catch (Throwable thrown) {
            Failure failure = loop.failure(thrown);
            loop.console().log(name + " did not get warm: " + failure.line());
            if (!failure.trace().isEmpty()) {
                loop.console().log(failure.trace());
            }
            return failure.code().code();
        }
    }
}
