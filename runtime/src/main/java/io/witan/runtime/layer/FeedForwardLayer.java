package io.witan.runtime.layer;

import io.witan.kernels.Kernels;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A dense FFN: y = gelu(x W1^T + b1) W2^T + b2, with the exact GELU. */
public final class FeedForwardLayer {
    private final Kernels kernels;
    private final LinearLayer inner;
    private final LinearLayer outer;
    private final int hidden;

    /**
     * The parameters; biases may be null.
     *
     * @param inner W1 [F, D]
     * @param innerBias b1 [F]
     * @param outer W2 [D, F]
     * @param outerBias b2 [D]
     */
    public record Matrices(Parameter inner, Parameter innerBias, Parameter outer, Parameter outerBias) {}

    /**
     * @param width D
     * @param hidden F
     */
    public FeedForwardLayer(Kernels kernels, Matrices matrices, int width, int hidden) {
        this.kernels = kernels;
        this.inner = new LinearLayer(kernels, matrices.inner, matrices.innerBias, width, hidden);
        this.outer = new LinearLayer(kernels, matrices.outer, matrices.outerBias, hidden, width);
        this.hidden = hidden;
    }

    List<Parameter> matrices() {
        return List.of(inner.weight(), outer.weight());
    }

    /** What backward needs: gelu'(.) and gelu(.), [T, F]. */
    public record Saved(MemorySegment slope, MemorySegment h) {}

    /**
     * @param x [T, D]
     * @param sum [T, D], adds the result
     * @return null if no backward follows
     */
    public Saved forward(MemorySegment x, MemorySegment sum, int tokens, Pass pass, StepArena arena) {
        StepArena.Mark mark = arena.mark();
        long count = (long) tokens * hidden;
        MemorySegment slope = inner.forward(x, tokens, arena);
        MemorySegment h = arena.floats(count);
        if (pass == Pass.EVALUATE) {
            kernels.activation().gelu(slope, h, count);
        } else {
            kernels.activation().geluWithSlope(slope, h, count);
        }
        outer.addTo(sum, h, tokens, arena);
        if (pass == Pass.EVALUATE) {
            arena.release(mark);
            return null;
        }
        return new Saved(slope, h);
    }

    /**
     * @param x of forward
     * @param dOut [T, D]
     * @param dx [T, D], out
     */
    public void backward(
            Saved saved, MemorySegment x, MemorySegment dOut, MemorySegment dx, int tokens, StepArena arena) {
        StepArena.Mark mark = arena.mark();
        long count = (long) tokens * hidden;
        MemorySegment dInner = arena.floats(count);
        outer.backwardInput(dOut, dInner, tokens, 0);
        outer.backwardWeight(dOut, saved.h, tokens, arena);
        kernels.vector().multiply(dInner, saved.slope, dInner, count);
        inner.backwardInput(dInner, dx, tokens, 0);
        inner.backwardWeight(dInner, x, tokens, arena);
        arena.release(mark);
    }
}
