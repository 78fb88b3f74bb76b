package io.witan.launcher.warm;

import io.witan.launcher.RankContext;
import io.witan.runtime.memory.MemoryReport;
import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.PhasePlace;
import io.witan.runtime.train.StepResult;
import io.witan.runtime.train.TrainingObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Tells the agent when a rank has found its pace: a few steps after a loss; at a run's start a while later, so that short runs pay for no
 * spares.
 */
public final class SteadyPace implements TrainingObserver {
    /** System property: seconds from a run's first step. */
    public static final String AFTER_PROPERTY = "witan.spares.after";

    private static final int AFTER_S = 60;
    private static final int STEPS = 5;

    private final TrainingObserver observer;
    private final RankContext context;
    private final long afterNs;
    private long firstNs;
    private int steps;
    private boolean told;

    /** @param observer hears all that this one hears */
    public SteadyPace(TrainingObserver observer, RankContext context) {
        this.observer = observer;
        this.context = context;
        this.afterNs = context.isRestart()
                ? 0
                : Duration.ofSeconds(Integer.getInteger(AFTER_PROPERTY, AFTER_S))
                        .toNanos();
    }

    @Override
    public void phaseBegan(long step, PhasePlace place) {
        observer.phaseBegan(step, place);
    }

    @Override
    public void stepCompleted(StepResult result) {
        observer.stepCompleted(result);
        if (told) {
            return;
        }
        long nowNs = System.nanoTime();
        firstNs = steps == 0 ? nowNs : firstNs;
        steps++;
        if (steps >= STEPS && nowNs - firstNs >= afterNs) {
            told = true;
            context.steady();
        }
    }

    @Override
    public void validated(long step, Evaluator.Result result) {
        observer.validated(step, result);
    }

    @Override
    public void checkpointed(long step, Path folder) {
        observer.checkpointed(step, folder);
    }

    @Override
    public void memoryMeasured(long step, List<MemoryReport> ranks) {
        observer.memoryMeasured(step, ranks);
    }
}
