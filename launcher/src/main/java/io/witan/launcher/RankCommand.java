package io.witan.launcher;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.message.RankJob;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** A rank's process. At the end of stdin its agent is dead, and so is the rank. */
@Command(name = "rank", hidden = true, description = "Runs one rank; the launcher starts it.")
final class RankCommand implements Callable<Integer> {
    private final Composition composition;
    private final Training training;

    @Parameters(description = "number of the rank, for the process list")
    private int rank;

    RankCommand(Composition composition, Training training) {
        this.composition = composition;
        this.training = training;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        RankLoop loop = new RankLoop(composition, training);
        loop.heedSignals();
        RankOrders orders = new RankOrders(System.in);
        RankJob job = orders.first();
        if (job == null) {
            System.err.println("witan rank: is started by the launcher only");
            return ExitCode.USAGE.code();
        }
        if (job.rank() != rank) {
            throw new IllegalStateException("started as rank " + rank + " with the job of rank " + job.rank());
        }
        return loop.run(orders, job);
    }
}
