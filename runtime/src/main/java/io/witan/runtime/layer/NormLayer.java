package io.witan.runtime.layer;

import io.witan.kernels.NormKernel;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;

/** LayerNorm (with bias) or RMSNorm (without). */
public final class NormLayer {
    private static final int STATS = 2;

    private final NormKernel kernel;
    private final Parameter gain;
    private final Parameter bias;
    private final int width;
    private final float epsilon;

    /** @param bias null for RMSNorm */
    public NormLayer(NormKernel kernel, Parameter gain, Parameter bias, int width, float epsilon) {
        this.kernel = kernel;
        this.gain = gain;
        this.bias = bias;
        this.width = width;
        this.epsilon = epsilon;
    }

    /** Input, output and row statistics of one forward. */
    public record Saved(MemorySegment x, MemorySegment y, MemorySegment stats) {}

    /** @param x [T, D], kept by reference */
    public Saved forward(MemorySegment x, int rows, StepArena arena) {
        MemorySegment y = arena.floats((long) rows * width);
        MemorySegment stats = arena.floats((long) rows * STATS);
        MemorySegment shift = bias == null ? MemorySegment.NULL : bias.value();
        kernel.forward(x, gain.value(), shift, y, stats, rows, width, epsilon);
        return new Saved(x, y, stats);
    }

    /** dx [T, D] adds the gradient of the input; gain and bias add theirs, frozen or not. */
    public void backward(Saved saved, MemorySegment dy, MemorySegment dx, int rows) {
        MemorySegment dBias = bias == null ? MemorySegment.NULL : bias.gradient();
        kernel.backward(
                new NormKernel.Gradient(saved.x, gain.value(), saved.stats, dy, dx, gain.gradient(), dBias),
                rows,
                width);
    }
}
