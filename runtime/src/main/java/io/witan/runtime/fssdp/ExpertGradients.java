package io.witan.runtime.fssdp;

import io.witan.collectives.Handle;
import io.witan.runtime.trace.Span;
import io.witan.runtime.trace.Timeline;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.TransferPlan;
import java.lang.foreign.MemorySegment;

/**
 * Gradients of a layer's experts on this rank in one step. Buffers come when a backward first needs them; those of copies go when the
 * reduction is complete, those of owned experts when the step ends.
 */
final class ExpertGradients {
    private final ExpertBuffers buffers;
    private final int layer;
    private final int rank;
    private final ExpertShards shards;
    private final MemorySegment[] host;
    private final KernelGradients kernels;
    private Placement placement;
    private boolean written;
    private Handle reduction;

    ExpertGradients(ExpertBuffers buffers, int layer, int rank, ExpertShards shards, int experts) {
        this.buffers = buffers;
        this.layer = layer;
        this.rank = rank;
        this.shards = shards;
        this.host = new MemorySegment[experts];
        this.kernels = new KernelGradients(buffers.kernelExperts(), experts);
    }

    /** Buffers for all that this rank holds; those that come after a backward has written the others are zero. */
    void acquire(Placement held) {
        if (reduction != null) {
            throw new IllegalStateException("gradients are wanted after their reduction began");
        }
        if (!held.equals(placement)) {
            buffers.awaitOlderReductions();
            placement = held;
            for (int e : held.heldBy(rank)) {
                if (host[e] == null) {
                    host[e] = buffers.acquire(use(e));
                    kernels.open(e, host[e]);
                    if (written) {
                        kernels.clear(e, host[e]);
                    }
                }
            }
        }
    }

    private ChunkUse use(int expert) {
        return shards.isWhole() && placement.owner(expert) == rank ? ChunkUse.OWN_GRADIENT : ChunkUse.COPY_GRADIENT;
    }

    /** Where kernels write; null of an expert without buffer. */
    MemorySegment[] views() {
        return kernels.views();
    }

    boolean isWritten() {
        return written;
    }

    /** Factor on what is there for the backward that comes now. */
    float takeBeta() {
        float beta = written ? 1 : 0;
        written = true;
        return beta;
    }

    /** Starts to sum them at the owners. */
    void beginReduce(TransferPlan plan) {
        for (int e = 0; e < host.length; e++) {
            if (host[e] != null) {
                kernels.fetch(e, host[e]);
                kernels.release(e);
            }
        }
        reduction = shards.reduce(plan, host);
        buffers.reductionBegan(this);
    }

    /** Waits for the sums, and frees the gradients of copies. */
    void awaitReduced() {
        buffers.timeline().await(reduction, Span.WAIT_GRADIENTS, layer, Timeline.NONE);
        buffers.reductionEnded(this);
        for (int e = 0; e < host.length; e++) {
            if (host[e] != null && use(e) == ChunkUse.COPY_GRADIENT) {
                free(e);
            }
        }
    }

    /** The sum for what this rank has of an expert in the training state, after {@link #awaitReduced}. */
    MemorySegment of(int expert) {
        return shards.sum(expert, placement, host);
    }

    /** Ends the step, wherever it stands; no reduction may be under way. */
    void release() {
        buffers.reductionEnded(this);
        for (int e = 0; e < host.length; e++) {
            if (host[e] != null) {
                kernels.release(e);
                free(e);
            }
        }
        shards.release();
        placement = null;
        written = false;
        reduction = null;
    }

    private void free(int expert) {
        buffers.release(use(expert), host[expert]);
        host[expert] = null;
    }
}
