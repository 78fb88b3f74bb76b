package io.witan.models.dmoerm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.witan.runtime.engine.StepArena;
import java.lang.foreign.MemorySegment;

/** Rewards of pairs in one row: 2 i of the first response of pair i, 2 i + 1 of the second. */
final class PairRewards {
    private PairRewards() {}

    /**
     * @param rewards [2 pairs] in host memory
     * @return [pairs]
     */
    static double[] differences(MemorySegment rewards, int pairs) {
        double[] differences = new double[pairs];
        for (int i = 0; i < pairs; i++) {
            differences[i] =
                    (double) rewards.getAtIndex(JAVA_FLOAT, 2L * i) - rewards.getAtIndex(JAVA_FLOAT, 2L * i + 1);
        }
        return differences;
    }

    /**
     * The gradient of rewards, [2 pairs], in the arena.
     *
     * @param scale factor on it
     */
    static MemorySegment gradient(PairwiseLoss loss, float scale, StepArena arena) {
        MemorySegment gradient = arena.floats(2L * loss.slopes().length);
        for (int i = 0; i < loss.slopes().length; i++) {
            float slope = (float) (scale * loss.slopes()[i]);
            gradient.setAtIndex(JAVA_FLOAT, 2L * i, slope);
            gradient.setAtIndex(JAVA_FLOAT, 2L * i + 1, -slope);
        }
        return gradient;
    }
}
