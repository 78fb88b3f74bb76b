package io.witan.runtime.fssdp;

import io.witan.collectives.Handle;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.TransferPlan;
import java.lang.foreign.MemorySegment;

/** What this rank has of a layer's experts in the training state, and how whole experts come from there and gradients back. */
interface ExpertShards {
    /** True if the training state has the whole expert on the rank that the placement names its owner: it needs no copy there. */
    boolean isWhole();

    /**
     * Takes up where the state has parameters of an expert, and shows them among the values if they are all; null: it has none any more.
     */
    void own(int expert, MemorySegment parameters, MemorySegment[] values);

    /**
     * Starts to bring experts to the ranks that hold them and have them not.
     *
     * @param values buffers of those that come to this rank, and what {@link #own} shows
     */
    Handle gather(TransferPlan plan, MemorySegment[] values);

    /**
     * Starts to sum gradients where the experts' parameters are in the training state.
     *
     * @param gradients of all that this rank holds; undefined afterwards but for what {@link #sum} gives
     */
    Handle reduce(TransferPlan plan, MemorySegment[] gradients);

    /** The sum, after a reduction, that goes with this rank's parameters of an expert; null if it has none. */
    MemorySegment sum(int expert, Placement placement, MemorySegment[] gradients);

    /** Ends the step: frees what reductions needed. */
    void release();
}
