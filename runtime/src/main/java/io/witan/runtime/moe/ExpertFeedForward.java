package io.witan.runtime.moe;

import io.witan.kernels.Kernels;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.fssdp.ExpertLayout.Activation;
import io.witan.runtime.fssdp.ExpertWeights;
import java.lang.foreign.MemorySegment;

/** The experts' FFN over rows in expert order, all experts of a rank in one call. */
final class ExpertFeedForward {
    private final Kernels kernels;
    private final int width;
    private final int hidden;
    private final Activation activation;

    ExpertFeedForward(Kernels kernels, MoeConfig config) {
        this.kernels = kernels;
        this.width = config.width();
        this.hidden = config.hidden();
        this.activation = config.activation();
    }

    /**
     * Input [m, D], derivatives of the activation by its inputs [m, F] (up null for GELU) and activated rows [m, F]; without a
     * backward to come, first products in place of derivatives.
     */
    record Saved(MemorySegment x, MemorySegment gate, MemorySegment up, MemorySegment activated) {}

    /** y [m, D], out. */
    Saved forward(MemorySegment x, int[] offsets, ExpertWeights weights, MemorySegment y, Pass pass, StepArena arena) {
        long hiddenCount = (long) offsets[offsets.length - 1] * hidden;
        MemorySegment gate = arena.floats(hiddenCount);
        MemorySegment activated = arena.floats(hiddenCount);
        MemorySegment up = null;
        kernels.groupedLinear().forward(x, offsets, weights.w1(), gate, width, hidden);
        if (activation == Activation.SWIGLU) {
            up = arena.floats(hiddenCount);
            kernels.groupedLinear().forward(x, offsets, weights.w3(), up, width, hidden);
        }
        activate(gate, up, activated, hiddenCount, pass);
        kernels.groupedLinear().forward(activated, offsets, weights.w2(), y, hidden, width);
        return new Saved(x, gate, up, activated);
    }

    /** Where the weights' gradients go, and the factor on what is there: 0 overwrites. */
    record Gradients(ExpertWeights weights, float beta) {}

    private void activate(MemorySegment gate, MemorySegment up, MemorySegment activated, long count, Pass pass) {
        boolean evaluates = pass == Pass.EVALUATE;
        if (up == null && evaluates) {
            kernels.activation().gelu(gate, activated, count);
        } else if (up == null) {
            kernels.activation().geluWithSlope(gate, activated, count);
        } else if (evaluates) {
            kernels.activation().swiglu(gate, up, activated, count);
        } else {
            kernels.activation().swigluWithSlopes(gate, up, activated, count);
        }
    }

    /** dx [m, D], out. */
    void backward(
            Saved saved,
            int[] offsets,
            ExpertWeights weights,
            Gradients gradients,
            MemorySegment dy,
            MemorySegment dx,
            StepArena arena) {
        long hiddenCount = (long) offsets[offsets.length - 1] * hidden;
        MemorySegment dHidden = arena.floats(hiddenCount);
        kernels.groupedLinear().backwardInput(dy, offsets, weights.w2(), dHidden, hidden, width, 0);
        kernels.groupedLinear()
                .backwardWeight(dy, offsets, saved.activated, gradients.weights.w2(), hidden, width, gradients.beta);
        if (activation == Activation.SWIGLU) {
            MemorySegment dGate = arena.floats(hiddenCount);
            kernels.vector().multiply(dHidden, saved.gate, dGate, hiddenCount);
            kernels.vector().multiply(dHidden, saved.up, dHidden, hiddenCount);
            kernels.groupedLinear().backwardInput(dGate, offsets, weights.w1(), dx, width, hidden, 0);
            kernels.groupedLinear()
                    .backwardWeight(dGate, offsets, saved.x, gradients.weights.w1(), width, hidden, gradients.beta);
            kernels.groupedLinear().backwardInput(dHidden, offsets, weights.w3(), dx, width, hidden, 1);
            kernels.groupedLinear()
                    .backwardWeight(dHidden, offsets, saved.x, gradients.weights.w3(), width, hidden, gradients.beta);
        } else {
            kernels.vector().multiply(dHidden, saved.gate, dHidden, hiddenCount);
            kernels.groupedLinear().backwardInput(dHidden, offsets, weights.w1(), dx, width, hidden, 0);
            kernels.groupedLinear()
                    .backwardWeight(dHidden, offsets, saved.x, gradients.weights.w1(), width, hidden, gradients.beta);
        }
    }
}
