package io.witan.runtime.moe;

import io.witan.kernels.Kernels;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.fssdp.BiasedFeedForwardLayout;
import java.lang.foreign.MemorySegment;

/** GPT-2's FFN as an expert: y = gelu(x w1^T + b1) w2^T + b2, GELU by its tanh approximation. On the host, in fp32. */
public final class BiasedFeedForward implements ExpertNetwork {
    private final Kernels kernels;
    private final BiasedFeedForwardLayout layout;

    public BiasedFeedForward(Kernels kernels, BiasedFeedForwardLayout layout) {
        this.kernels = kernels;
        this.layout = layout;
    }

    @Override
    public Computed forward(
            MemorySegment x, int[] offsets, MemorySegment[] weights, MemorySegment y, Pass pass, StepArena arena) {
        int width = layout.width();
        int hidden = layout.hidden();
        long count = (long) offsets[offsets.length - 1] * hidden;
        BiasedFeedForwardLayout.Parts parts = layout.parts(weights);
        StepArena.Mark mark = arena.mark();
        MemorySegment slope = arena.floats(count);
        MemorySegment h = arena.floats(count);
        kernels.groupedLinear().forward(x, offsets, parts.inner(), slope, width, hidden);
        addToRows(parts.innerBias(), offsets, slope, hidden);
        if (pass == Pass.EVALUATE) {
            kernels.activation().geluTanh(slope, h, count);
        } else {
            kernels.activation().geluTanhWithSlope(slope, h, count);
        }
        kernels.groupedLinear().forward(h, offsets, parts.outer(), y, hidden, width);
        addToRows(parts.outerBias(), offsets, y, width);
        if (pass == Pass.EVALUATE) {
            arena.release(mark);
            return null;
        }
        return new Hidden(x, offsets, slope, h);
    }

    private void addToRows(MemorySegment[] bias, int[] offsets, MemorySegment rows, int cols) {
        for (int e = 0; e < bias.length; e++) {
            for (int row = offsets[e]; row < offsets[e + 1]; row++) {
                kernels.vector().add(row(rows, row, cols), bias[e], cols);
            }
        }
    }

    private static MemorySegment row(MemorySegment rows, int row, int cols) {
        return rows.asSlice((long) row * cols * Float.BYTES, (long) cols * Float.BYTES);
    }

    private final class Hidden implements Computed {
        private final MemorySegment x;
        private final int[] offsets;
        private final MemorySegment slope;
        private final MemorySegment h;

        Hidden(MemorySegment x, int[] offsets, MemorySegment slope, MemorySegment h) {
            this.x = x;
            this.offsets = offsets;
            this.slope = slope;
            this.h = h;
        }

        @Override
        public WeightGradients backward(MemorySegment[] weights, MemorySegment dy, MemorySegment dx, StepArena arena) {
            int width = layout.width();
            int hidden = layout.hidden();
            long count = (long) offsets[offsets.length - 1] * hidden;
            BiasedFeedForwardLayout.Parts parts = layout.parts(weights);
            MemorySegment dInner = arena.floats(count);
            kernels.groupedLinear().backwardInput(dy, offsets, parts.outer(), dInner, hidden, width, 0);
            kernels.vector().multiply(dInner, slope, dInner, count);
            kernels.groupedLinear().backwardInput(dInner, offsets, parts.inner(), dx, width, hidden, 0);
            return into -> {
                BiasedFeedForwardLayout.Parts d = layout.parts(into.weights());
                float beta = into.beta();
                kernels.groupedLinear().backwardWeight(dy, offsets, h, d.outer(), hidden, width, beta);
                kernels.groupedLinear().backwardWeight(dInner, offsets, x, d.inner(), width, hidden, beta);
                sumRows(dy, width, d.outerBias(), beta);
                sumRows(dInner, hidden, d.innerBias(), beta);
            };
        }

        private void sumRows(MemorySegment rows, int cols, MemorySegment[] sums, float beta) {
            for (int e = 0; e < sums.length; e++) {
                if (sums[e] != null) {
                    if (beta == 0) {
                        kernels.vector().zero(sums[e], cols);
                    } else {
                        kernels.vector().scale(sums[e], beta, cols);
                    }
                    for (int row = offsets[e]; row < offsets[e + 1]; row++) {
                        kernels.vector().add(sums[e], row(rows, row, cols), cols);
                    }
                }
            }
        }
    }
}
