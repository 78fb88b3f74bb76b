package io.witan.runtime.moe.gate;

import io.witan.runtime.engine.StepContext;
import io.witan.runtime.engine.TokenTasks;
import java.lang.foreign.MemorySegment;

/**
 * Task of each of a gate's tokens.
 *
 * @param ofToken [T]
 */
record TokensByTask(int[] ofToken) {
    /**
     * @param tokens T
     * @param count tasks that the gate knows
     * @throws IllegalArgumentException if a token has none of these
     */
    static TokensByTask of(StepContext context, int tokens, int count) {
        TokenTasks tasks = context.tasks();
        if (tokens > 0 && tasks.isNone()) {
            throw new IllegalArgumentException("model.gate.task goes by tasks, but the batch has none");
        }
        if (tokens != tasks.tokens()) {
            throw new IllegalArgumentException(
                    "the gate got " + tokens + " tokens, but " + tasks.tokens() + " of the batch have a task");
        }
        int[] ofToken = new int[tokens];
        for (int t = 0; t < tokens; t++) {
            ofToken[t] = tasks.of(t);
            if (ofToken[t] < 0 || ofToken[t] >= count) {
                throw new IllegalArgumentException(
                        "sequence " + tasks.sequences().sequenceOf(t) + " of this rank has task " + ofToken[t]
                                + ", but model.gate.task.count is " + count);
            }
        }
        return new TokensByTask(ofToken);
    }

    int tokens() {
        return ofToken.length;
    }

    /** Numbers of the tokens of a task, in order. */
    int[] of(int task) {
        int count = 0;
        for (int own : ofToken) {
            count += own == task ? 1 : 0;
        }
        int[] tokens = new int[count];
        int next = 0;
        for (int t = 0; t < ofToken.length; t++) {
            if (ofToken[t] == task) {
                tokens[next++] = t;
            }
        }
        return tokens;
    }

    /** Copies a row of fp32 in host memory; {@code place} and {@code to} count floats. */
    static void copy(MemorySegment from, long place, MemorySegment target, long to, int cols) {
        MemorySegment.copy(from, place * Float.BYTES, target, to * Float.BYTES, (long) cols * Float.BYTES);
    }
}
