package io.witan.models.jiuzhang.collate;

import io.witan.models.jiuzhang.data.Problem;
import io.witan.runtime.data.arithmetic.Draws;

/** A task of fine-tuning: rows with its prompt before the question. */
public interface FineTuningTask {
    Task task();

    /** Whether a problem has what the task asks for and fits into a row. */
    boolean takes(Problem problem);

    /** A row of a problem that it {@link #takes}. */
    Row row(Problem problem, Draws draws);
}
