package io.witan.runtime.train;

import io.witan.runtime.memory.MemoryReport;
import java.nio.file.Path;
import java.util.List;

/** Told about a run as it goes, on the training thread of every rank. */
public interface TrainingObserver {
    /**
     * Before the first step of a phase; after a resume in the middle of one, before the next. A run without phases has one.
     *
     * @param step that comes next
     */
    default void phaseBegan(long step, PhasePlace place) {}

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
