package io.witan.models;

import io.witan.runtime.memory.MemoryReport;
import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.PhasePlace;
import io.witan.runtime.train.StepResult;
import io.witan.runtime.train.TrainingObserver;
import io.witan.scheduler.fit.Drift;
import io.witan.scheduler.fit.DriftWatch;
import io.witan.scheduler.fit.Sample;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches whether steps come to take another time than once code was compiled: the machine is then not the one that was measured. Degrees
 * stay: with others, sums would come in another order, and the run could not be repeated.
 */
final class StepWatch implements TrainingObserver {
    private static final Logger LOG = LoggerFactory.getLogger(StepWatch.class);
    private static final int WARM_UP_STEPS = 100;
    private static final int WINDOW_STEPS = 50;
    private static final double TOLERANCE = 0.2;
    private static final double MS_PER_SECOND = 1e3;

    private final TrainingObserver observer;
    private final Runnable forget;
    private DriftWatch watch = DriftWatch.againstFirst(WARM_UP_STEPS, WINDOW_STEPS, TOLERANCE);

    /**
     * @param observer who is told all that this one is told
     * @param forget what to do when steps drift
     */
    StepWatch(TrainingObserver observer, Runnable forget) {
        this.observer = observer;
        this.forget = forget;
    }

    /** Another phase has other steps. */
    @Override
    public void phaseBegan(long step, PhasePlace place) {
        watch = DriftWatch.againstFirst(WARM_UP_STEPS, WINDOW_STEPS, TOLERANCE);
        observer.phaseBegan(step, place);
    }

    @Override
    public void stepCompleted(StepResult result) {
        watch.observe(new Sample(1, MS_PER_SECOND * result.seconds()))
                .ifPresent(drift -> drifted(result.step(), drift));
        observer.stepCompleted(result);
    }

    private void drifted(long step, Drift drift) {
        LOG.info(
                "step {}: the last {} took {} % {} than before; the next start measures again what operations cost",
                step,
                WINDOW_STEPS,
                String.format(Locale.ROOT, "%.0f", Math.abs(100 * drift.relative())),
                drift.relative() > 0 ? "longer" : "less");
        forget.run();
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
