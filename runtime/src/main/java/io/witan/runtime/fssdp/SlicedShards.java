package io.witan.runtime.fssdp;

import io.witan.collectives.Communicator;
import io.witan.collectives.Handle;
import io.witan.scheduler.plan.ExpertSlices;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.TransferPlan;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A slice of every expert on every rank (LAER-MoE's fully sharded expert parallelism). A slice is a chunk of the collectives
 * ({@link ExpertSlices}); buffers of whole experts have room for all slices, filling included.
 */
final class SlicedShards implements ExpertShards {
    private final Communicator lane;
    private final ExpertSlices slices;
    private final long expertBytes;
    private final long sliceBytes;
    private final ChunkPool pool;
    private final MemorySegment[] parameters;
    private final MemorySegment[] sums;

    /**
     * @param expertBytes of an expert without filling
     * @param pool of buffers of a slice
     */
    SlicedShards(Communicator lane, int experts, long expertBytes, ChunkPool pool) {
        this.lane = lane;
        this.slices = new ExpertSlices(experts, lane.size());
        this.expertBytes = expertBytes;
        this.sliceBytes = sliceBytes(expertBytes, lane.size());
        this.pool = pool;
        this.parameters = new MemorySegment[experts];
        this.sums = new MemorySegment[experts];
    }

    /** Bytes of a slice. */
    static long sliceBytes(long expertBytes, int ranks) {
        return new ExpertSlices(1, ranks).sliceLength(expertBytes / Float.BYTES) * Float.BYTES;
    }

    @Override
    public boolean isWhole() {
        return false;
    }

    @Override
    public void own(int expert, MemorySegment slice, MemorySegment[] values) {
        parameters[expert] = slice;
    }

    @Override
    public Handle gather(TransferPlan plan, MemorySegment[] values) {
        MemorySegment[] chunks = cut(values);
        for (int e = 0; e < values.length; e++) {
            int own = slices.chunk(e, lane.rank());
            if (values[e] != null) {
                chunks[own].copyFrom(parameters[e]);
            }
            chunks[own] = parameters[e];
        }
        return lane.sparseAllGather(ofSlices(plan), chunks, sliceBytes);
    }

    /** A rank that holds an expert gives what it computed for each slice; one that holds it not, zeroes for its own. */
    @Override
    public Handle reduce(TransferPlan plan, MemorySegment[] gradients) {
        MemorySegment[] chunks = cut(gradients);
        for (int e = 0; e < gradients.length; e++) {
            int own = slices.chunk(e, lane.rank());
            sums[e] = sums[e] == null ? pool.acquire() : sums[e];
            if (gradients[e] == null) {
                sums[e].fill((byte) 0);
            } else {
                long filling = gradients[e].byteSize() - expertBytes;
                gradients[e].asSlice(expertBytes, filling).fill((byte) 0);
                sums[e].copyFrom(chunks[own]);
            }
            chunks[own] = sums[e];
        }
        return lane.sparseReduceScatter(ofSlices(plan), chunks, sliceBytes);
    }

    /** All slices of the experts that are here. */
    private MemorySegment[] cut(MemorySegment[] experts) {
        MemorySegment[] chunks = new MemorySegment[slices.chunkCount()];
        for (int e = 0; e < experts.length; e++) {
            for (int r = 0; experts[e] != null && r < slices.rankCount(); r++) {
                chunks[slices.chunk(e, r)] = experts[e].asSlice(r * sliceBytes, sliceBytes);
            }
        }
        return chunks;
    }

    private TransferPlan ofSlices(TransferPlan experts) {
        return HierarchicalTransferPlanner.plan(experts.topology(), slices.narrow(), slices.wide(experts.wide()), null);
    }

    @Override
    public MemorySegment sum(int expert, Placement placement, MemorySegment[] gradients) {
        return sums[expert];
    }

    @Override
    public void release() {
        for (MemorySegment sum : sums) {
            if (sum != null) {
                pool.release(sum);
            }
        }
        Arrays.fill(sums, null);
    }
}
