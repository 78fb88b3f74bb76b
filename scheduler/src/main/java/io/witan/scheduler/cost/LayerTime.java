package io.witan.scheduler.cost;

/**
 * What one MoE layer takes for one micro-batch, forward and backward, in parts: nanoseconds, 0 or more. Sums stop at 2^63-1.
 *
 * @param allToAllNs one of the four exchanges of tokens (dispatch and combine, forward and backward)
 * @param computeNs forward of the experts on the busiest rank; backward is taken as twice that
 * @param gatherNs of the copies that are decided before the layer's attention; it may hide there
 * @param lateGatherNs of the copies that are decided after the gate; it hides nowhere
 * @param reduceNs of the gradients of all copies
 * @param forwardRoomNs attention forward, behind which a gather hides
 * @param backwardRoomNs attention backward, behind which the reduction hides, and the second gather of copies that were freed
 */
public record LayerTime(
        long allToAllNs,
        long computeNs,
        long gatherNs,
        long lateGatherNs,
        long reduceNs,
        long forwardRoomNs,
        long backwardRoomNs) {
    private static final int EXCHANGES = 4;
    private static final int FORWARD_AND_BACKWARD = 3;

    /** 4 T_a2a + 3 T_comp: what the placement decides, without the price of its copies. */
    public long tokensNs() {
        return Saturated.plus(Saturated.times(EXCHANGES, allToAllNs), Saturated.times(FORWARD_AND_BACKWARD, computeNs));
    }

    /** What of the gathers in forward is waited for. */
    public long exposedGatherNs() {
        return Saturated.plus(Math.max(0, gatherNs - forwardRoomNs), lateGatherNs);
    }

    /** What of the reduction is waited for if copies stay from forward to backward. */
    public long exposedReduceNs() {
        return Math.max(0, reduceNs - backwardRoomNs);
    }

    /** What is waited for in backward if copies are freed after forward and gathered again. */
    public long exposedRegatherNs() {
        long moved = Saturated.plus(Saturated.plus(gatherNs, lateGatherNs), reduceNs);
        return Math.max(0, moved - backwardRoomNs);
    }

    /** T_layer with copies that stay: {@link #tokensNs} + exposed gather + exposed reduction. */
    public long keptNs() {
        return Saturated.plus(tokensNs(), Saturated.plus(exposedGatherNs(), exposedReduceNs()));
    }

    /** T_layer with copies that are freed after forward. */
    public long releasedNs() {
        return Saturated.plus(tokensNs(), Saturated.plus(exposedGatherNs(), exposedRegatherNs()));
    }

    /** What of gather and reduction hides behind attention, with copies that stay. */
    public long hiddenNs() {
        return Saturated.plus(gatherNs - Math.max(0, gatherNs - forwardRoomNs), reduceNs - exposedReduceNs());
    }
}
