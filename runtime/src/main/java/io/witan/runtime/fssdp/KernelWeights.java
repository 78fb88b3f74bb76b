package io.witan.runtime.fssdp;

import io.witan.kernels.ElementFormat;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Weights of a layer's experts as kernels take them: where the host has them, or copies in the format of the kernels. A copy is made
 * once a version, and is the only one that kernels have, so that they can't see an older version than the one brought last.
 */
final class KernelWeights {
    private static final long NONE = -1;

    private final KernelExperts shared;
    private final MemorySegment[] views;
    private final long[] versions;

    KernelWeights(KernelExperts shared, int experts) {
        this.shared = shared;
        views = new MemorySegment[experts];
        versions = new long[experts];
        Arrays.fill(versions, NONE);
    }

    /** One segment an expert; null unless it was brought. */
    MemorySegment[] views() {
        return views;
    }

    /** Shows a host chunk of fp32, whose contents are of this version; nothing if they were brought since the last release. */
    void bring(int expert, MemorySegment host, long version) {
        if (versions[expert] == version) {
            return;
        }
        if (shared.readsHostWeights()) {
            views[expert] = host;
        } else {
            copy(expert, host);
        }
        versions[expert] = version;
    }

    private void copy(int expert, MemorySegment host) {
        if (views[expert] == null) {
            views[expert] = shared.weights().acquire();
        }
        if (shared.feedForward().format() == ElementFormat.FP32) {
            shared.memory().copyIn(host, views[expert], shared.fp32Bytes());
        } else {
            MemorySegment fp32 = shared.fp32().acquire();
            shared.memory().copyIn(host, fp32, shared.fp32Bytes());
            shared.feedForward().prepare(fp32, views[expert], shared.elements());
            shared.fp32().release(fp32);
        }
    }

    /** The rank holds the expert no more; a copy goes back to the pool. */
    void release(int expert) {
        versions[expert] = NONE;
        if (views[expert] != null && !shared.readsHostWeights()) {
            shared.weights().release(views[expert]);
        }
        views[expert] = null;
    }
}
