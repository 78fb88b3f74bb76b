package io.witan.runtime.fssdp;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.collectives.Communicator;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.state.Sharding;
import io.witan.runtime.state.StateEntry;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.trace.Timeline;
import io.witan.scheduler.plan.Transfer;
import io.witan.scheduler.plan.TransferPlan;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

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

    /** Reductions that may run while the next layer's gradients are computed. */
    private static final int RUNNING_REDUCTIONS = 1;

    private final RankRuntime runtime;
    private final int layers;
    private final long expertBytes;
    private final long chunkBytes;
    private final Sharding sharding;
    private final boolean lends;
    private final ChunkPool pool;
    private final ChunkPool relayed;
    private final ChunkPool slices;
    private final KernelExperts kernelExperts;
    private final Map<ChunkUse, ChunkCount> counts = new EnumMap<>(ChunkUse.class);
    private final ChunkCount copiesAndTheirGradients = new ChunkCount();
    private final ChunkCount gradients = new ChunkCount();
    private final Deque<ExpertGradients> reducing = new ArrayDeque<>();
    private int[] lent;

    private ExpertBuffers(RankRuntime runtime, TrainingState state, KernelExperts kernelExperts, boolean lends) {
        this.runtime = runtime;
        this.layers = state.moeLayerCount();
        this.sharding = state.sharding();
        this.expertBytes = kernelExperts.fp32Bytes();
        this.chunkBytes = sharding == Sharding.WHOLE
                ? expertBytes
                : runtime.size() * SlicedShards.sliceBytes(expertBytes, runtime.size());
        this.slices = new ChunkPool(runtime.exchange()::allocate, SlicedShards.sliceBytes(expertBytes, runtime.size()));
        this.kernelExperts = kernelExperts;
        this.lends = lends;
        this.pool = new ChunkPool(runtime.exchange()::allocate, chunkBytes);
        this.relayed = new ChunkPool(runtime.exchange()::allocate, chunkBytes);
        for (ChunkUse use : ChunkUse.values()) {
            counts.put(use, new ChunkCount());
        }
    }

    /**
     * All ranks call it together.
     *
     * @param relaysPerLayer as for {@link #reserveRelays}
     */
    public static ExpertBuffers open(
            RankRuntime runtime, TrainingState state, ExpertLayout layout, int relaysPerLayer) {
        long chunkBytes = layout.chunkBytes();
        List<MemorySegment> lendable = new ArrayList<>();
        for (StateEntry entry : state.entries()) {
            if (entry != state.dense()) {
                lendable.add(entry.slot(0).parameter());
                lendable.add(entry.slot(1).parameter());
            }
        }
        boolean lends = state.sharding() == Sharding.WHOLE
                && runtime.group().sharesMemory()
                && chunkBytes > LARGEST_COPY_BYTES
                && chunkBytes <= LARGEST_LOAN_BYTES
                && lendable.stream().allMatch(runtime.exchange()::isShared);
        ExpertBuffers buffers = new ExpertBuffers(runtime, state, KernelExperts.of(runtime.kernels(), layout), lends);
        buffers.reserveRelays(relaysPerLayer);
        return buffers;
    }

    /**
     * Makes room for copies that peers of this node read where this rank, which got them from another node, has them; once. All ranks
     * call it together, between steps.
     *
     * @param perLayer most copies of a layer that a rank passes on; more are possible, but then copied
     */
    public void reserveRelays(int perLayer) {
        boolean relays = runtime.topology().nodeCount() > 1 && runtime.group().sharesMemory();
        List<MemorySegment> reserved = relayed.reserve(relays ? Math.multiplyExact(perLayer, layers) : 0);
        boolean lendsAll = lends && reserved.stream().allMatch(runtime.exchange()::isShared);
        lent = gather(runtime, lendsAll ? perLayer : LENDS_NOTHING);
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

    /**
     * True if all that moves inside nodes in a gather of this plan can be lent by its source. The same on all ranks.
     *
     * @param before plans whose copies the layer has by then
     */
    boolean readsInPlace(TransferPlan plan, List<TransferPlan> before) {
        for (Transfer hop : plan.intraNode()) {
            if (!lends(plan, before, hop)) {
                return false;
            }
        }
        return true;
    }

    private boolean lends(TransferPlan plan, List<TransferPlan> before, Transfer hop) {
        int source = hop.source();
        if (plan.wide().owner(hop.chunk()) == source) {
            return lent[source] != LENDS_NOTHING;
        }
        int arrivals = arrivals(plan, source);
        for (TransferPlan earlier : before) {
            arrivals += arrivals(earlier, source);
        }
        return arrivals <= lent[source];
    }

    private static int arrivals(TransferPlan plan, int rank) {
        int arrivals = 0;
        for (Transfer hop : plan.interNode()) {
            arrivals += hop.target() == rank ? 1 : 0;
        }
        return arrivals;
    }

    /** True if some rank passes a copy on inside its node, which only then is read elsewhere than with its owner. */
    static boolean hasRelays(TransferPlan plan) {
        for (Transfer hop : plan.intraNode()) {
            if (hop.source() != plan.wide().owner(hop.chunk())) {
                return true;
            }
        }
        return false;
    }

    /** A buffer with undefined contents, until {@link #release} for the same use. */
    MemorySegment acquire(ChunkUse use) {
        count(use, 1);
        return pool.acquire();
    }

    void release(ChunkUse use, MemorySegment chunk) {
        count(use, -1);
        pool.release(chunk);
    }

    /** A buffer for a copy from another node, which peers of this node may read. */
    MemorySegment acquireRelay() {
        count(ChunkUse.COPY, 1);
        return relayed.acquire();
    }

    void releaseRelay(MemorySegment chunk) {
        count(ChunkUse.COPY, -1);
        relayed.release(chunk);
    }

    private void count(ChunkUse use, int chunks) {
        counts.get(use).add(chunks);
        if (use != ChunkUse.OWN_GRADIENT) {
            copiesAndTheirGradients.add(chunks);
        }
        if (use != ChunkUse.COPY) {
            gradients.add(chunks);
        }
    }

    /** The layer's gradients of copies are free when its reduction is complete. */
    void reductionBegan(ExpertGradients layer) {
        reducing.add(layer);
    }

    /** Nothing if it never began. */
    void reductionEnded(ExpertGradients layer) {
        reducing.remove(layer);
    }

    /**
     * Makes room before a layer takes buffers for gradients: waits for all reductions but that of the layer before, whose time is this
     * layer's. So two layers' gradients of copies take room at most, whatever the timing.
     */
    void awaitOlderReductions() {
        while (reducing.size() > RUNNING_REDUCTIONS) {
            reducing.getFirst().awaitReduced();
        }
    }

    /** A step begins: {@link #copyMemory} counts from here. */
    public void beginStep() {
        counts.values().forEach(ChunkCount::beginStep);
        copiesAndTheirGradients.beginStep();
    }

    /** Since the step began. */
    public CopyMemory copyMemory() {
        return new CopyMemory(
                chunkBytes * counts.get(ChunkUse.COPY).stepPeak(),
                chunkBytes * counts.get(ChunkUse.COPY_GRADIENT).stepPeak(),
                chunkBytes * copiesAndTheirGradients.stepPeak());
    }

    /** What this rank has of a layer's experts, whole ones or slices. */
    ExpertShards shards(Communicator lane, int experts) {
        return sharding == Sharding.WHOLE
                ? new WholeShards(lane, expertBytes)
                : new SlicedShards(lane, experts, expertBytes, slices);
    }

    /** Where layers say what they wait for. */
    Timeline timeline() {
        return runtime.timeline();
    }

    /** What layers need to show experts to the kernels. */
    KernelExperts kernelExperts() {
        return kernelExperts;
    }

    /** Off-heap bytes held for gradients: as many as were in use at once. */
    public long gradientBytes() {
        return chunkBytes * gradients.peak() + slices.heldBytes();
    }

    /** Off-heap bytes held for copies beyond {@link #gradientBytes}: gradients come to lie where copies were. */
    public long copyBytes() {
        return pool.heldBytes() - chunkBytes * gradients.peak() + relayed.heldBytes();
    }

    /** True if ranks of this node read the experts of that rank in place. */
    public boolean lends(int rank) {
        return lent[rank] != LENDS_NOTHING;
    }
}
