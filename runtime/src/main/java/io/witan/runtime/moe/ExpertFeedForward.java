package io.witan.runtime.moe;

import io.witan.kernels.FeedForwardKernel;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import java.lang.foreign.MemorySegment;

/** Experts that are FFNs, or shards of them, all of a rank in one call, in buffers of the arena. */
public final class ExpertFeedForward implements ExpertNetwork {
    private final FeedForwardKernel kernel;
    private final MoeConfig config;

    public ExpertFeedForward(FeedForwardKernel kernel, MoeConfig config) {
        this.kernel = kernel;
        this.config = config;
    }

    @Override
    public Computed forward(
            MemorySegment x, int[] offsets, MemorySegment[] weights, MemorySegment y, Pass pass, StepArena arena) {
        FeedForwardKernel.Shape shape =
                new FeedForwardKernel.Shape(offsets, config.width(), config.shardHidden(), config.activation());
        StepArena.Mark mark = arena.mark();
        MemorySegment buffer = arena.bytes(kernel.savedBytes(shape));
        if (pass == Pass.EVALUATE) {
            kernel.evaluate(x, weights, y, buffer, shape);
            arena.release(mark);
            return null;
        }
        kernel.forward(x, weights, y, buffer, shape);
        return new Hidden(shape, x, buffer);
    }

    private final class Hidden implements Computed {
        private final FeedForwardKernel.Shape shape;
        private final MemorySegment x;
        private final MemorySegment buffer;

        Hidden(FeedForwardKernel.Shape shape, MemorySegment x, MemorySegment buffer) {
            this.shape = shape;
            this.x = x;
            this.buffer = buffer;
        }

        @Override
        public WeightGradients backward(MemorySegment[] weights, MemorySegment dy, MemorySegment dx, StepArena arena) {
            MemorySegment kept = arena.bytes(kernel.backwardBytes(shape));
            FeedForwardKernel.Gradient gradient = new FeedForwardKernel.Gradient(x, buffer, dy, dx);
            kernel.backwardInput(gradient, weights, kept, shape);
            return into -> kernel.backwardWeight(gradient, into.weights(), into.beta(), kept, shape);
        }
    }
}
