package io.witan.models.dmoerm.network;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.witan.kernels.Kernels;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.layer.LinearLayer;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;

/**
 * One category's reward from what its K points see: r = w2 . PReLU(W1 [z_1; ..; z_K] + b1), PReLU(h) = h where it is positive, else a h with a learned a.
 * The constant b2 of the paper's form is left out: it is in both rewards of a pair.
 */
public final class Aggregator {
    private final LinearLayer inner;
    private final Parameter slope;
    private final LinearLayer outer;
    private final int width;

    /**
     * The parameters.
     *
     * @param inner W1 [D, K D]
     * @param bias b1 [D]
     * @param slope a [1]
     * @param outer w2 [1, D]
     */
    public record Parts(Parameter inner, Parameter bias, Parameter slope, Parameter outer) {}

    /**
     * @param points K
     * @param width D
     */
    public Aggregator(Kernels kernels, Parts parts, int points, int width) {
        int input = points * width;
        this.width = width;
        this.inner = new LinearLayer(kernels, parts.inner, parts.bias, input, width);
        this.slope = parts.slope;
        this.outer = new LinearLayer(kernels, parts.outer, null, width, 1);
    }

    /**
     * Rewards and what backward needs, in the arena.
     *
     * @param z [n, K D]
     * @param h [n, D] before the PReLU
     * @param activated [n, D] behind it
     * @param rewards [n]
     */
    public record Saved(MemorySegment z, MemorySegment h, MemorySegment activated, MemorySegment rewards) {}

    /** @param z [rows, K D] in host memory, kept by reference */
    public Saved forward(MemorySegment z, int rows, StepArena arena) {
        MemorySegment h = inner.forward(z, rows, arena);
        MemorySegment activated = arena.floats((long) rows * width);
        float a = slope.value().getAtIndex(JAVA_FLOAT, 0);
        for (long i = 0; i < (long) rows * width; i++) {
            float value = h.getAtIndex(JAVA_FLOAT, i);
            activated.setAtIndex(JAVA_FLOAT, i, value > 0 ? value : a * value);
        }
        return new Saved(z, h, activated, outer.forward(activated, rows, arena));
    }

    /** The parameters' gradients add theirs; dRewards [rows]. Adapters and base are frozen by then, so z gets none. */
    public void backward(Saved saved, MemorySegment dRewards, int rows, StepArena arena) {
        StepArena.Mark mark = arena.mark();
        MemorySegment d = arena.floats((long) rows * width);
        outer.backwardInput(dRewards, d, rows, 0);
        outer.backwardWeight(dRewards, saved.activated, rows, arena);
        float a = slope.value().getAtIndex(JAVA_FLOAT, 0);
        double dSlope = 0;
        for (long i = 0; i < (long) rows * width; i++) {
            float value = saved.h.getAtIndex(JAVA_FLOAT, i);
            if (value <= 0) {
                float upper = d.getAtIndex(JAVA_FLOAT, i);
                dSlope += (double) upper * value;
                d.setAtIndex(JAVA_FLOAT, i, a * upper);
            }
        }
        MemorySegment gradient = slope.gradient();
        gradient.setAtIndex(JAVA_FLOAT, 0, (float) (gradient.getAtIndex(JAVA_FLOAT, 0) + dSlope));
        inner.backwardWeight(d, saved.z, rows, arena);
        arena.release(mark);
    }
}
