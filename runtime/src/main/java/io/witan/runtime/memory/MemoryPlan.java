package io.witan.runtime.memory;

import io.witan.runtime.engine.StepArena;

/** Memory of one rank before the run, part by part as {@link MemoryMeter} will measure it. */
public final class MemoryPlan {
    /** What a rank's process takes beyond one that only computes: two recipes measured on one rank and on two, 2.3 and 2.5 MB more. */
    static final long RANK_JVM_BYTES = 3_000_000;

    /** What the vault's libraries take: two recipes measured with and without, on one rank and on two, 11.5 to 12.6 MB. */
    static final long VAULT_JVM_BYTES = 12_000_000;

    private MemoryPlan() {}

    /**
     * What a rank keeps of the model and of the experts that are copied to it.
     *
     * @param denseBytes parameters that all ranks have
     * @param keptBytes of experts that stay on the rank over all layers: owned ones, or its slices of all
     * @param stateSlots 2 with a vault, else 1
     * @param chunkBytes of a buffer for a whole expert
     * @param buffers most that a step uses at once
     * @param sliceGradientBytes sums for the rank's slices; 0 where experts are whole
     */
    public record Experts(
            long denseBytes,
            long keptBytes,
            int stateSlots,
            long chunkBytes,
            ExpertRoom.Peak buffers,
            long sliceGradientBytes) {}

    /**
     * What a rank reads of the others on its node, so that it counts as this rank's too.
     *
     * @param localRanks ranks of the node
     * @param parameterBytes experts' parameters, where they are read in place or slices of them are fetched
     * @param gradientBytes gradients that the others computed for this rank's experts or slices
     */
    public record Peers(int localRanks, long parameterBytes, long gradientBytes) {}

    /**
     * What cannot be worked out and was measured.
     *
     * @param scratch of the kernels
     * @param jvm of a rank's process
     * @param rings of this rank, as far as they are touched
     */
    public record Measured(long scratch, long jvm, long rings) {}

    public static MemoryParts parts(Experts experts, Peers peers, StepRoom.Batch batch, Measured measured) {
        ExpertRoom.Peak buffers = experts.buffers;
        long state = (experts.denseBytes + experts.keptBytes) * experts.stateSlots;
        return new MemoryParts(
                state + (buffers.all() - buffers.gradients()) * experts.chunkBytes,
                experts.denseBytes + buffers.gradients() * experts.chunkBytes + experts.sliceGradientBytes,
                2 * state,
                StepRoom.bytes(batch),
                measured.scratch,
                transport(experts.denseBytes, peers, batch, measured.rings),
                measured.jvm
                        + (batch.ranks() == 1 ? 0 : RANK_JVM_BYTES)
                        + (experts.stateSlots == 1 ? 0 : VAULT_JVM_BYTES));
    }

    /**
     * Rings; rooms for rows to send, by half more than wanted, and for those between two hops; and of the node's others: this rank's share
     * of dense gradients, experts.
     */
    private static long transport(long denseBytes, Peers peers, StepRoom.Batch batch, long rings) {
        if (batch.ranks() == 1) {
            return 0;
        }
        MergedRoom merged = batch.merges() ? batch.merged(batch.mostReceived()) : null;
        long sent = merged == null ? batch.sent() : merged.leaving() + 1;
        long between = merged == null ? 0 : StepArena.heldBytes(merged.transitBytes(batch.pipelined()));
        long rows = batch.pipelined() ? sent + batch.mostReceived() : Math.max(sent, batch.mostReceived());
        long staging = rows * batch.width() * Float.BYTES * 3 / 2;
        long dense = denseBytes * (peers.localRanks - 1) / peers.localRanks;
        return rings + staging + between + dense + peers.parameterBytes + peers.gradientBytes;
    }
}
