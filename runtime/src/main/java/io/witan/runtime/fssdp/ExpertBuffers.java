package io.witan.runtime.fssdp;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.state.StateEntry;
import io.witan.runtime.state.TrainingState;
import io.witan.scheduler.plan.Transfer;
import io.witan.scheduler.plan.TransferPlan;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the layers of a rank get buffers for copies and gradients of experts, and which copies need none, because they are
 * read where a rank of this node has them. That takes memory of the source that its peers reach, so all ranks tell at the
 * start what they can lend.
 */
public final class ExpertBuffers {
    /** Chunks up to this length travel in their frames, whatever their memory is. */
    private static final long LARGEST_COPY_BYTES = 4096;

    private static final long LARGEST_LOAN_BYTES = 1L << 30;

    private static final int LENDS_NOTHING = -1;

    private final ChunkPool gradients;
    private final ChunkPool copies;
    private final ChunkPool relayed;
    private final KernelExperts kernelExperts;
    private final int[] lent;

    private ExpertBuffers(
            ChunkPool gradients, ChunkPool copies, ChunkPool relayed, KernelExperts kernelExperts, int[] lent) {
        this.gradients = gradients;
        this.copies = copies;
        this.relayed = relayed;
        this.kernelExperts = kernelExperts;
        this.lent = lent;
    }

    /**
     * All ranks call it together.
     *
     * @param relaysPerLayer most copies of a layer that a rank gets from other nodes and passes on inside its own; more
     *     are possible, but then copied
     */
    public static ExpertBuffers open(
            RankRuntime runtime, TrainingState state, ExpertLayout layout, int relaysPerLayer) {
        long chunkBytes = layout.chunkBytes();
        ChunkPool relayed = new ChunkPool(runtime.exchange()::allocate, chunkBytes);
        boolean relays = runtime.topology().nodeCount() > 1 && runtime.group().sharesMemory();
        List<MemorySegment> lendable = new ArrayList<>();
        for (StateEntry entry : state.entries()) {
            if (entry != state.dense()) {
                lendable.add(entry.slot(0).parameter());
                lendable.add(entry.slot(1).parameter());
            }
        }
        List<MemorySegment> reserved =
                relayed.reserve(relays ? Math.multiplyExact(relaysPerLayer, state.moeLayerCount()) : 0);
        lendable.addAll(reserved);
        boolean lends = runtime.group().sharesMemory()
                && chunkBytes > LARGEST_COPY_BYTES
                && chunkBytes <= LARGEST_LOAN_BYTES
                && lendable.stream().allMatch(runtime.exchange()::isShared);
        int[] lent = gather(runtime, lends ? relaysPerLayer : LENDS_NOTHING);
        return new ExpertBuffers(
                new ChunkPool(runtime.exchange()::allocate, chunkBytes),
                new ChunkPool(runtime.exchange()::allocate, chunkBytes),
                relayed,
                KernelExperts.of(runtime.kernels(), layout),
                lent);
    }

    private static int[] gather(RankRuntime runtime, int own) {
        if (runtime.size() == 1) {
            return new int[] {own};
        }
        StepArena.Mark mark = runtime.arena().mark();
        MemorySegment local = runtime.arena().hostInts(1);
        MemorySegment all = runtime.arena().hostInts(runtime.size());
        local.set(JAVA_INT, 0, own);
        runtime.tokens().allGather(local, all).await();
        int[] lent = all.toArray(JAVA_INT);
        runtime.arena().release(mark);
        return lent;
    }

    /** True if all that moves inside nodes in a gather of this plan can be lent by its source. The same on all ranks. */
    boolean readsInPlace(TransferPlan plan) {
        for (Transfer hop : plan.intraNode()) {
            if (!lends(plan, hop)) {
                return false;
            }
        }
        return true;
    }

    private boolean lends(TransferPlan plan, Transfer hop) {
        int source = hop.source();
        return plan.wide().owner(hop.chunk()) == source
                ? lent[source] != LENDS_NOTHING
                : arrivals(plan, source) <= lent[source];
    }

    private static int arrivals(TransferPlan plan, int rank) {
        int arrivals = 0;
        for (Transfer hop : plan.interNode()) {
            arrivals += hop.target() == rank ? 1 : 0;
        }
        return arrivals;
    }

    /** Buffers for gradients. */
    ChunkPool gradients() {
        return gradients;
    }

    /** Buffers for copies that a rank of this node gives. */
    ChunkPool copies() {
        return copies;
    }

    /** Buffers for copies that come from other nodes, which peers of this node may read. */
    ChunkPool relayed() {
        return relayed;
    }

    /** What layers need to show experts to the kernels. */
    KernelExperts kernelExperts() {
        return kernelExperts;
    }

    /** Off-heap bytes held for gradients, whether in use or kept. */
    public long gradientBytes() {
        return gradients.heldBytes();
    }

    /** Off-heap bytes held for copies, whether in use or kept. */
    public long copyBytes() {
        return copies.heldBytes() + relayed.heldBytes();
    }

    /** True if ranks of this node read the experts of that rank in place. */
    public boolean lends(int rank) {
        return lent[rank] != LENDS_NOTHING;
    }
}
