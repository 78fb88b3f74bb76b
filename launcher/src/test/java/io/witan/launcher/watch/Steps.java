package io.witan.launcher.watch;

import io.witan.runtime.fssdp.CopyMemory;
import io.witan.runtime.train.RankFigures;
import io.witan.runtime.train.StepResult;
import io.witan.runtime.train.StepResult.ExpertMove;
import io.witan.runtime.train.StepResult.StepTraffic;
import io.witan.scheduler.plan.Placement;
import java.util.List;

/** Steps as a run might have had them. */
final class Steps {
    private Steps() {}

    /** Two ranks, one of which had three times the load of the other. */
    static StepResult step(long step, long[][] load, List<Placement> placements, ExpertMove... moves) {
        long[][] rankLoad = new long[load.length][];
        for (int l = 0; l < load.length; l++) {
            rankLoad[l] = new long[] {3, 1};
        }
        return new StepResult(
                step,
                2.5,
                1,
                0,
                0.75,
                1e-3,
                false,
                1000,
                0.5,
                new StepTraffic(100, 200, 300, 150, 400),
                load,
                rankLoad,
                placements,
                List.of(moves),
                List.of(new CopyMemory(30, 20, 50), new CopyMemory(60, 20, 80)));
    }

    /** The same, where ranks tell of themselves. */
    static StepResult withRanks(StepResult step, RankFigures... ranks) {
        return new StepResult(
                step.step(),
                step.loss(),
                step.balanceLoss(),
                step.zLoss(),
                step.gradNorm(),
                step.learningRate(),
                step.skipped(),
                step.tokens(),
                step.seconds(),
                step.traffic(),
                step.expertLoad(),
                step.rankLoad(),
                step.placements(),
                step.moves(),
                step.copies(),
                step.tasks(),
                List.of(ranks));
    }
}
