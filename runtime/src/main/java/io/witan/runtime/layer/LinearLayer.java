package io.witan.runtime.layer;

import io.witan.kernels.Kernels;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;

/** y = x W^T + b; with one output a row a value head. */
public final class LinearLayer {
    private final Kernels kernels;
    private final Parameter weight;
    private final RowBias bias;
    private final int in;
    private final int out;

    /**
     * @param weight [out, in]
     * @param bias [out], null for none
     */
    public LinearLayer(Kernels kernels, Parameter weight, Parameter bias, int in, int out) {
        this.kernels = kernels;
        this.weight = weight;
        this.bias = bias == null ? null : new RowBias(kernels, bias, out);
        this.in = in;
        this.out = out;
    }

    /** The matrix W. */
    public Parameter weight() {
        return weight;
    }

    /**
     * @param x [rows, in]
     * @return y [rows, out], in the arena
     */
    public MemorySegment forward(MemorySegment x, int rows, StepArena arena) {
        MemorySegment y = arena.floats((long) rows * out);
        if (bias != null) {
            bias.fill(y, rows, arena);
        }
        kernels.linear().forward(x, weight.value(), y, rows, in, out, bias == null ? 0 : 1);
        return y;
    }

    /** sum [rows, out] adds y. */
    public void addTo(MemorySegment sum, MemorySegment x, int rows, StepArena arena) {
        kernels.linear().forward(x, weight.value(), sum, rows, in, out, 1);
        if (bias != null) {
            bias.add(sum, rows, arena);
        }
    }

    /** dx [rows, in] = dy W + beta dx; dy [rows, out]. */
    public void backwardInput(MemorySegment dy, MemorySegment dx, int rows, float beta) {
        kernels.linear().backwardInput(dy, weight.value(), dx, rows, in, out, beta);
    }

    /** The gradients of what is trained add theirs; x is the input of forward. */
    public void backwardWeight(MemorySegment dy, MemorySegment x, int rows, StepArena arena) {
        if (weight.isTrained()) {
            kernels.linear().backwardWeight(dy, x, weight.gradient(), rows, in, out, 1);
        }
        if (bias != null) {
            bias.backward(dy, rows, arena);
        }
    }
}
