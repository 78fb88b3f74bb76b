package io.witan.runtime.train;

import java.nio.file.Path;

/** Told about a run as it goes, on the training thread of every rank. */
public interface TrainingObserver {
    void stepCompleted(StepResult result);

    void validated(long step, Evaluator.Result result);

    void checkpointed(long step, Path folder);

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
