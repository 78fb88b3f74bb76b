package io.witan.runtime.memory;

/** Memory of one rank before the run, part by part as {@link MemoryMeter} will measure it. */
public final class MemoryPlan {
    private MemoryPlan() {}

    /**
     * What the parts follow from.
     *
     * @param denseBytes parameters that all ranks have
     * @param expertBytes of one expert
     * @param ownedExperts over all layers
     * @param stateSlots 2 with a vault, else 1
     * @param copies of a layer on the rank
     * @param keptLayers layers whose copies are there at once
     * @param localRanks ranks of the node
     * @param inPlace whether copies are read where a rank of the node has them
     */
    public record Layout(
            long denseBytes,
            long expertBytes,
            int ownedExperts,
            int stateSlots,
            int layers,
            int copies,
            int keptLayers,
            int localRanks,
            boolean inPlace) {}

    /**
     * What cannot be worked out and was measured.
     *
     * @param scratch of the kernels
     * @param jvm of a rank's process
     * @param rings of this rank, as far as they are touched
     */
    public record Measured(long scratch, long jvm, long rings) {}

    /** @param activations as {@link StepRoom} gives them */
    public static MemoryParts parts(Layout layout, StepRoom.Batch batch, long activations, Measured measured) {
        long state = (layout.denseBytes + layout.ownedExperts * layout.expertBytes) * layout.stateSlots;
        long copies = layout.inPlace ? 0 : (long) layout.copies * layout.keptLayers * layout.expertBytes;
        return new MemoryParts(
                state + copies,
                layout.denseBytes + gradientChunks(layout) * layout.expertBytes,
                2 * state,
                activations,
                measured.scratch,
                transport(layout, batch, measured.rings),
                measured.jvm);
    }

    /** Gradients of what is owned, and of the copies of two layers: one computes while the reduction of the one after it runs. */
    private static long gradientChunks(Layout layout) {
        return layout.ownedExperts + (long) layout.copies * Math.min(2, layout.layers);
    }

    /**
     * Rings; room for rows to send, by half more than wanted; and of the node's other ranks, as far as this one reads it: its
     * share of their dense gradients, gradients of copies of its experts, and, where they are read in place, experts in all slots.
     */
    private static long transport(Layout layout, StepRoom.Batch batch, long rings) {
        if (batch.ranks() == 1) {
            return 0;
        }
        long rows = Math.max(batch.tokens() * batch.topK(), batch.received());
        long staging = rows * batch.width() * Float.BYTES * 3 / 2;
        int others = layout.localRanks - 1;
        long dense = layout.denseBytes * others / layout.localRanks;
        long gradients = 2L * layout.copies * layout.expertBytes;
        long experts = layout.inPlace
                ? (long) layout.copies * layout.layers * layout.stateSlots * layout.expertBytes
                : 0;
        return rings + staging + (others == 0 ? 0 : dense + gradients + experts);
    }
}
