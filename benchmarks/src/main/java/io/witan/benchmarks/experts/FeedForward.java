package io.witan.benchmarks.experts;

import io.witan.kernels.FeedForwardKernel;
import io.witan.kernels.Kernels;
import io.witan.runtime.fssdp.FeedForwardLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The forward pass of experts on the host with room for its rows. */
final class FeedForward {
    private final FeedForwardKernel kernel;
    private final FeedForwardLayout layout;
    private final MemorySegment x;
    private final MemorySegment y;
    private final MemorySegment scratch;

    FeedForward(Kernels kernels, FeedForwardLayout layout, int tokens, Arena arena) {
        this.kernel = kernels.feedForward();
        this.layout = layout;
        this.x = arena.allocate(ValueLayout.JAVA_FLOAT, (long) tokens * layout.width());
        this.y = arena.allocate(ValueLayout.JAVA_FLOAT, (long) tokens * layout.width());
        this.scratch = arena.allocate(kernel.savedBytes(shape(new int[] {0, tokens})), 64);
        for (long i = 0; i < (long) tokens * layout.width(); i++) {
            x.setAtIndex(ValueLayout.JAVA_FLOAT, i, (i % 17 - 8) / 8f);
        }
    }

    private FeedForwardKernel.Shape shape(int[] offsets) {
        return new FeedForwardKernel.Shape(offsets, layout.width(), layout.hidden(), layout.activation());
    }

    /** @param offsets rows of expert e are offsets[e] .. offsets[e + 1] - 1 */
    void run(int[] offsets, MemorySegment[] weights) {
        kernel.evaluate(x, weights, y, scratch, shape(offsets));
    }

    /** A copy of the output of the run before: tokens x width. */
    float[] result() {
        return y.toArray(ValueLayout.JAVA_FLOAT);
    }
}
