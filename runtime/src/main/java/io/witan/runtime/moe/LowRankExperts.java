package io.witan.runtime.moe;

import io.witan.kernels.GroupedLinearKernel;
import io.witan.kernels.Kernels;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.fssdp.LowRankLayout;
import java.lang.foreign.MemorySegment;

/**
 * Low-rank adapters of one matrix as experts: y = b (s a x), for the layer to add to what the matrix gives (LoRA, Hu et al. 2021). On the host,
 * in fp32.
 */
public final class LowRankExperts implements ExpertNetwork {
    private final Kernels kernels;
    private final LowRankLayout layout;
    private final float scale;

    /** @param scale s: LoRA's alpha / r */
    public LowRankExperts(Kernels kernels, LowRankLayout layout, double scale) {
        this.kernels = kernels;
        this.layout = layout;
        this.scale = (float) scale;
    }

    @Override
    public Computed forward(
            MemorySegment x, int[] offsets, MemorySegment[] weights, MemorySegment y, Pass pass, StepArena arena) {
        long count = hiddenCount(offsets);
        StepArena.Mark mark = arena.mark();
        MemorySegment h = arena.floats(count);
        linear().forward(x, offsets, layout.inner(weights), h, layout.width(), layout.rank());
        kernels.vector().scale(h, scale, count);
        linear().forward(h, offsets, layout.outer(weights), y, layout.rank(), layout.width());
        if (pass == Pass.EVALUATE) {
            arena.release(mark);
            return null;
        }
        return new Hidden(x, offsets, h);
    }

    /** Of h [m, r]. */
    private long hiddenCount(int[] offsets) {
        return (long) offsets[offsets.length - 1] * layout.rank();
    }

    private GroupedLinearKernel linear() {
        return kernels.groupedLinear();
    }

    private final class Hidden implements Computed {
        private final MemorySegment x;
        private final int[] offsets;
        private final MemorySegment h;

        Hidden(MemorySegment x, int[] offsets, MemorySegment h) {
            this.x = x;
            this.offsets = offsets;
            this.h = h;
        }

        @Override
        public WeightGradients backward(MemorySegment[] weights, MemorySegment dy, MemorySegment dx, StepArena arena) {
            int width = layout.width();
            int rank = layout.rank();
            long count = hiddenCount(offsets);
            MemorySegment dh = arena.floats(count);
            linear().backwardInput(dy, offsets, layout.outer(weights), dh, rank, width, 0);
            kernels.vector().scale(dh, scale, count);
            linear().backwardInput(dh, offsets, layout.inner(weights), dx, width, rank, 0);
            return into -> {
                MemorySegment[] inner = layout.inner(into.weights());
                MemorySegment[] outer = layout.outer(into.weights());
                linear().backwardWeight(dy, offsets, h, outer, rank, width, into.beta());
                linear().backwardWeight(dh, offsets, x, inner, width, rank, into.beta());
            };
        }
    }
}
