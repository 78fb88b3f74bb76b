package io.witan.runtime.fssdp;

import io.witan.collectives.Communicator;
import io.witan.collectives.Handle;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.TransferPlan;
import java.lang.foreign.MemorySegment;

/** Whole experts on their owners; an expert is a chunk of the collectives. */
record WholeShards(Communicator lane, long chunkBytes) implements ExpertShards {
    @Override
    public boolean isWhole() {
        return true;
    }

    @Override
    public void own(int expert, MemorySegment parameters, MemorySegment[] values) {
        values[expert] = parameters;
    }

    @Override
    public Handle gather(TransferPlan plan, MemorySegment[] values) {
        return lane.sparseAllGather(plan, values, chunkBytes);
    }

    @Override
    public Handle reduce(TransferPlan plan, MemorySegment[] gradients) {
        return lane.sparseReduceScatter(plan, gradients, chunkBytes);
    }

    @Override
    public MemorySegment sum(int expert, Placement placement, MemorySegment[] gradients) {
        return placement.owner(expert) == lane.rank() ? gradients[expert] : null;
    }

    @Override
    public void release() {
        // Gradients belong to the caller.
    }
}
