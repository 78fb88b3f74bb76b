package io.witan.runtime.fssdp;

import java.lang.foreign.MemorySegment;

/** Gradients of a layer's experts where kernels write them: the host's own chunks, or chunks from a pool. fp32. */
final class KernelGradients {
    private final KernelExperts shared;
    private final MemorySegment[] views;

    KernelGradients(KernelExperts shared, int experts) {
        this.shared = shared;
        views = new MemorySegment[experts];
    }

    /** One segment an expert; null unless it is open. */
    MemorySegment[] views() {
        return views;
    }

    /** Makes room, with undefined contents, for what {@link #fetch} brings to this host chunk; nothing if it is open. */
    void open(int expert, MemorySegment host) {
        if (views[expert] == null) {
            views[expert] = shared.memory().isHost() ? host : shared.fp32().acquire();
        }
    }

    /** Fills an open one with zeroes; the host chunk too. */
    void clear(int expert, MemorySegment host) {
        host.fill((byte) 0);
        shared.memory().copyIn(host, views[expert], shared.fp32Bytes());
    }

    /** Brings what kernels wrote to the host chunk. */
    void fetch(int expert, MemorySegment host) {
        shared.memory().copyOut(views[expert], host, shared.fp32Bytes());
    }

    /** Nothing if it is not open. */
    void release(int expert) {
        if (!shared.memory().isHost() && views[expert] != null) {
            shared.fp32().release(views[expert]);
        }
        views[expert] = null;
    }
}
