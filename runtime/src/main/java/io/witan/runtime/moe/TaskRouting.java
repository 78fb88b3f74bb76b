package io.witan.runtime.moe;

import io.witan.runtime.config.Default;
import io.witan.runtime.config.Doc;
import io.witan.runtime.config.Range;

/**
 * How a gate goes by a token's task; also section {@code model.gate.task} of a recipe.
 *
 * @param by what tasks have of their own
 * @param count tasks N
 * @param width of a task's embedding; 0: by the model's
 */
public record TaskRouting(
        @Doc("what a task has of its own in a gate") @Default("none") By by,
        @Doc("tasks that the gate knows, at least those of data.tasks") @Default("0") @Range(min = 0, max = 4096)
                int count,
        @Doc("dimensions of a task's embedding; 0: a quarter of d_model, at most 64")
                @Default("0")
                @Range(min = 0, max = 65_536)
                int width) {
    /** What tasks have of their own. */
    public enum By {
        /** Nothing: the gate does not look at tasks. */
        NONE,
        /** A number for each expert, which is added to the logits. */
        BIAS,
        /** A vector that stands behind the token's where logits are made. */
        EMBEDDING,
        /** All that makes logits. */
        ROUTER
    }

    /** Does not look at tasks. */
    public static final TaskRouting NONE = new TaskRouting(By.NONE, 0, 0);

    /** Refuses a gate that goes by tasks and knows none. */
    public TaskRouting {
        if (by != By.NONE && count == 0) {
            throw new IllegalArgumentException("model.gate.task.by needs model.gate.task.count of 1 or more, got 0");
        }
    }

    /** C: dimensions of a task's embedding; 0 if it has none. */
    public int embeddingWidth(int modelWidth) {
        if (by != By.EMBEDDING) {
            return 0;
        }
        return width > 0 ? width : Math.clamp(modelWidth / 4, 1, 64);
    }
}
