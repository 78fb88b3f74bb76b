package io.witan.kernels.feedforward;

import io.witan.kernels.ElementFormat;
import io.witan.kernels.FeedForwardKernel.Shape;
import java.lang.foreign.MemorySegment;

/**
 * Views of the matrices in experts' segments; null where the expert's is.
 *
 * @param experts weights or gradients, one segment an expert
 * @param format of their elements
 */
public record ExpertMatrices(MemorySegment[] experts, Shape shape, ElementFormat format) {
    /** w1 [F, D] of each expert. */
    public MemorySegment[] first() {
        return views(0, 1);
    }

    /** w3 [F, D] of each expert: of SwiGLU alone. */
    public MemorySegment[] second() {
        return views(1, 1);
    }

    /** All that multiplies x, as one matrix: w1 [F, D], or w1 above w3 [2 F, D]. */
    public MemorySegment[] inner() {
        return views(0, shape.activation().matrices() - 1);
    }

    /** w2 [D, F] of each expert. */
    public MemorySegment[] outer() {
        return views(shape.activation().matrices() - 1, 1);
    }

    private MemorySegment[] views(int from, int count) {
        long bytes = format.bytes(shape.matrix());
        MemorySegment[] views = new MemorySegment[experts.length];
        for (int e = 0; e < views.length; e++) {
            views[e] = experts[e] == null ? null : experts[e].asSlice(from * bytes, count * bytes);
        }
        return views;
    }
}
