package io.witan.benchmarks.experts;

import io.witan.kernels.Kernels;
import io.witan.runtime.fssdp.ExpertLayout;
import io.witan.runtime.fssdp.ExpertWeights;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The forward pass of SwiGLU experts with room for its rows. */
final class FeedForward {
    private final Kernels kernels;
    private final ExpertLayout layout;
    private final MemorySegment x;
    private final MemorySegment y;
    private final MemorySegment gate;
    private final MemorySegment up;
    private final long hiddenCount;

    FeedForward(Kernels kernels, ExpertLayout layout, int tokens, Arena arena) {
        this.kernels = kernels;
        this.layout = layout;
        this.hiddenCount = (long) tokens * layout.hidden();
        this.x = arena.allocate(ValueLayout.JAVA_FLOAT, (long) tokens * layout.width());
        this.y = arena.allocate(ValueLayout.JAVA_FLOAT, (long) tokens * layout.width());
        this.gate = arena.allocate(ValueLayout.JAVA_FLOAT, hiddenCount);
        this.up = arena.allocate(ValueLayout.JAVA_FLOAT, hiddenCount);
        for (long i = 0; i < (long) tokens * layout.width(); i++) {
            x.setAtIndex(ValueLayout.JAVA_FLOAT, i, (i % 17 - 8) / 8f);
        }
    }

    /** @param offsets rows of expert e are offsets[e] .. offsets[e + 1] - 1 */
    void run(int[] offsets, ExpertWeights weights) {
        kernels.groupedLinear().forward(x, offsets, weights.w1(), gate, layout.width(), layout.hidden());
        kernels.groupedLinear().forward(x, offsets, weights.w3(), up, layout.width(), layout.hidden());
        kernels.activation().swiglu(gate, up, up, hiddenCount);
        kernels.groupedLinear().forward(up, offsets, weights.w2(), y, layout.hidden(), layout.width());
    }

    /** A copy of the output of the run before: tokens x width. */
    float[] result() {
        return y.toArray(ValueLayout.JAVA_FLOAT);
    }
}
