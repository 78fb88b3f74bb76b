package io.witan.runtime.moe;

import io.witan.kernels.FeedForwardKernel;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import java.lang.foreign.MemorySegment;

/** The experts' FFN over rows in expert order, all experts of a rank in one call, in buffers of the arena. */
final class ExpertFeedForward {
    private final FeedForwardKernel kernel;
    private final MoeConfig config;

    ExpertFeedForward(FeedForwardKernel kernel, MoeConfig config) {
        this.kernel = kernel;
        this.config = config;
    }

    /** Bytes of so many rows [D] as experts take and give them. */
    long rowBytes(int rows) {
        return kernel.format().bytes((long) rows * config.width());
    }

    /** Input [m, D], and what the kernel left for backward; null where none is to come. */
    record Saved(FeedForwardKernel.Shape shape, MemorySegment x, MemorySegment buffer) {}

    /** y [m, D], out. */
    Saved forward(
            MemorySegment x, int[] offsets, MemorySegment[] weights, MemorySegment y, Pass pass, StepArena arena) {
        FeedForwardKernel.Shape shape =
                new FeedForwardKernel.Shape(offsets, config.width(), config.hidden(), config.activation());
        StepArena.Mark mark = arena.mark();
        MemorySegment buffer = arena.bytes(kernel.savedBytes(shape));
        if (pass == Pass.EVALUATE) {
            kernel.evaluate(x, weights, y, buffer, shape);
            arena.release(mark);
            return new Saved(shape, x, null);
        }
        kernel.forward(x, weights, y, buffer, shape);
        return new Saved(shape, x, buffer);
    }

    /** Where the weights' gradients go, and the factor on what is there: 0 overwrites. */
    record Gradients(MemorySegment[] weights, float beta) {}

    /** dx [m, D], out. */
    void backward(
            Saved saved,
            MemorySegment[] weights,
            Gradients gradients,
            MemorySegment dy,
            MemorySegment dx,
            StepArena arena) {
        StepArena.Mark mark = arena.mark();
        MemorySegment scratch = arena.bytes(kernel.backwardBytes(saved.shape));
        kernel.backward(
                new FeedForwardKernel.Gradient(saved.x, saved.buffer, dy, dx),
                weights,
                gradients.weights,
                gradients.beta,
                scratch,
                saved.shape);
        arena.release(mark);
    }
}
