package io.witan.runtime.moe.gate;

import io.witan.runtime.engine.StepContext;

/** Part of a gate: chooses experts by scores, on the host. */
interface Selection {
    /**
     * @param scored in host memory
     * @return an expert of each token and choice; fewer than K choices, or none, of a token are filled up with {@link Choice#NONE}
     */
    Choice choose(Scored scored, StepContext context);

    /** True if {@link Choice#NONE} may come; always the same. */
    boolean leavesGaps();

    /**
     * @param choices K
     * @param expert [T x K]
     */
    record Choice(int choices, int[] expert) {
        static final int NONE = -1;
    }
}
