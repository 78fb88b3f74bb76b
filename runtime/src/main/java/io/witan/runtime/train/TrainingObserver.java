package io.witan.runtime.train;

import io.witan.runtime.memory.MemoryReport;
import java.nio.file.Path;
import java.util.List;

/** Told about a run as it goes, on the training thread of every rank. */
public interface TrainingObserver {
    void stepCompleted(StepResult result);

    void validated(long step, Evaluator.Result result);

    void checkpointed(long step, Path folder);

    /**
     * Once, after the first steps, when a step's memory has been needed in full.
     *
     * @param ranks what each rank holds, in rank order
     */
    default void memoryMeasured(long step, List<MemoryReport> ranks) {}

    /** Hears nothing. */
    static TrainingObserver none() {
        return new TrainingObserver() {
            @Override
            public void stepCompleted(StepResult result) {}

            @Override
            public void validated(long step, Evaluator.Result result) {}

            @Override
            public void checkpointed(long step, Path folder) {}
        };
    }
}
