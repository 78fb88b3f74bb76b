package io.witan.runtime.fssdp;

import io.witan.collectives.Communicator;
import io.witan.collectives.Handle;
import io.witan.runtime.trace.Span;
import io.witan.runtime.trace.Timeline;
import io.witan.scheduler.plan.Transfer;
import io.witan.scheduler.plan.TransferPlan;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Parameters of a layer's experts as this rank has them: owned ones in the training state, copies where a rank of this node has them
 * or in pooled buffers. Where ranks have slices of experts, every expert that a rank holds is a copy. Copies come by one gather, or by several that each add some.
 */
final class ExpertCopies {
    private final ExpertBuffers buffers;
    private final Communicator lane;
    private final ExpertShards shards;
    private final long chunkBytes;
    private final MemorySegment[] values;
    /** Pooled buffers of copies; null for a copy that is read in place. */
    private final MemorySegment[] pooled;

    private final BitSet copied = new BitSet();
    /** Of the pooled buffers, those that ranks of this node may read. */
    private final BitSet relayed = new BitSet();

    private final List<TransferPlan> plans = new ArrayList<>();
    private final List<Handle> gathers = new ArrayList<>();

    ExpertCopies(ExpertBuffers buffers, Communicator lane, ExpertShards shards, int experts, long chunkBytes) {
        this.buffers = buffers;
        this.lane = lane;
        this.shards = shards;
        this.chunkBytes = chunkBytes;
        this.values = new MemorySegment[experts];
        this.pooled = new MemorySegment[experts];
    }

    /** Parameters of each expert; null of one that is not here, or not yet. */
    MemorySegment[] values() {
        return values;
    }

    /** Says where the state has an expert, or this rank's slice of it; null: it is owned no more. */
    void own(int expert, MemorySegment parameters) {
        shards.own(expert, parameters, values);
    }

    /** True from a gather until {@link #drop}. */
    boolean isGathered() {
        return !gathers.isEmpty();
    }

    /**
     * Starts a gather from the owners, all ranks together.
     *
     * @param plan of copies that are not here by an earlier one
     * @param mayReadInPlace the same on all ranks; false: every copy gets a buffer
     */
    void gather(TransferPlan plan, boolean mayReadInPlace) {
        boolean inPlace = mayReadInPlace && shards.isWhole() && buffers.readsInPlace(plan, plans);
        for (int e : plan.wide().heldBy(lane.rank())) {
            if (!shards.isWhole() || plan.wide().owner(e) != lane.rank()) {
                copied.set(e);
                if (!(inPlace && lane.readsInPlace(plan, e))) {
                    acquire(plan, e, inPlace);
                }
            }
        }
        plans.add(plan);
        gathers.add(inPlace ? lane.sparseAllGatherInPlace(plan, values, chunkBytes) : shards.gather(plan, values));
    }

    private void acquire(TransferPlan plan, int expert, boolean inPlace) {
        boolean relay = inPlace && comesFromAnotherNode(plan, expert);
        relayed.set(expert, relay);
        pooled[expert] = relay ? buffers.acquireRelay() : buffers.acquire(ChunkUse.COPY);
        values[expert] = pooled[expert];
    }

    private boolean comesFromAnotherNode(TransferPlan plan, int expert) {
        for (Transfer hop : plan.interNode()) {
            if (hop.chunk() == expert && hop.target() == lane.rank()) {
                return true;
            }
        }
        return false;
    }

    /** Waits until all copies are here. @param layer that needs them */
    void await(int layer) {
        for (Handle gather : gathers) {
            buffers.timeline().await(gather, Span.WAIT_COPIES, layer, Timeline.NONE);
        }
    }

    /** The copies of this rank, since a gather. */
    BitSet copied() {
        return copied;
    }

    /**
     * Forgets the copies. Buffers that ranks of this node may still read stay until {@link #free}; no gather may be under way.
     */
    void drop() {
        for (int e = copied.nextSetBit(0); e >= 0; e = copied.nextSetBit(e + 1)) {
            values[e] = null;
            if (pooled[e] != null && !relayed.get(e)) {
                buffers.release(ChunkUse.COPY, pooled[e]);
                pooled[e] = null;
            }
        }
        copied.clear();
        plans.clear();
        gathers.clear();
    }

    /** Forgets the copies and frees all buffers: every rank must have passed its last look at them. */
    void free() {
        drop();
        for (int e = relayed.nextSetBit(0); e >= 0; e = relayed.nextSetBit(e + 1)) {
            buffers.releaseRelay(pooled[e]);
            pooled[e] = null;
        }
        relayed.clear();
    }
}
