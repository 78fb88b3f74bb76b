package io.witan.runtime.layer;

import io.witan.kernels.AttentionKernel;
import io.witan.kernels.Kernels;
import io.witan.kernels.RotaryKernel;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Causal self-attention with its projections: y = Attention(x Wqkv^T + b) Wo^T + c. */
public final class AttentionLayer {
    private final Kernels kernels;
    private final Parameter qkvWeight;
    private final RowBias qkvBias;
    private final Parameter outWeight;
    private final RowBias outBias;
    private final RotaryPositions rotary;
    private final AttentionKernel.Shape size;

    /**
     * The parameters of a layer with D channels, H heads of queries and G of keys and values.
     *
     * @param qkvWeight [D + 2 G D/H, D]: rows of q, then k, then v
     * @param qkvBias [D + 2 G D/H], null for none
     * @param outWeight [D, D]
     * @param outBias [D], null for none
     */
    public record Projections(Parameter qkvWeight, Parameter qkvBias, Parameter outWeight, Parameter outBias) {}

    /** As many heads of keys and values as of queries, and no biases. */
    public AttentionLayer(
            Kernels kernels, Parameter qkvWeight, Parameter outWeight, RotaryPositions rotary, int width, int heads) {
        this(kernels, new Projections(qkvWeight, null, outWeight, null), rotary, width, heads, heads);
    }

    /**
     * @param rotary positions, null if the model has others
     * @param width D
     * @param kvHeads G, divides the heads
     */
    public AttentionLayer(
            Kernels kernels, Projections projections, RotaryPositions rotary, int width, int heads, int kvHeads) {
        this.kernels = kernels;
        this.size = new AttentionKernel.Shape(0, 0, width, heads, kvHeads);
        this.qkvWeight = projections.qkvWeight;
        this.qkvBias = bias(projections.qkvBias, size.rowWidth());
        this.outWeight = projections.outWeight;
        this.outBias = bias(projections.outBias, width);
        this.rotary = rotary;
    }

    private RowBias bias(Parameter bias, int cols) {
        return bias == null ? null : new RowBias(kernels, bias, cols);
    }

    List<Parameter> matrices() {
        return List.of(qkvWeight, outWeight);
    }

    /** What backward needs. */
    public record Saved(MemorySegment qkv, MemorySegment mixed, MemorySegment attention) {}

    /** sequences * positions tokens; out [T, D] adds the result. */
    public Saved forward(MemorySegment x, MemorySegment out, int sequences, int positions, StepArena arena) {
        int tokens = sequences * positions;
        int width = size.width();
        AttentionKernel.Shape shape = shape(sequences, positions);
        MemorySegment qkv = arena.floats((long) tokens * shape.rowWidth());
        if (qkvBias != null) {
            qkvBias.fill(qkv, tokens, arena);
        }
        kernels.linear().forward(x, qkvWeight.value(), qkv, tokens, width, shape.rowWidth(), qkvBias == null ? 0 : 1);
        if (rotary != null) {
            rotary.rotate(qkv, shape, RotaryKernel.Direction.FORWARD);
        }
        MemorySegment mixed = arena.floats((long) tokens * width);
        MemorySegment attention = arena.floats(kernels.attention().savedFloats(shape));
        kernels.attention().forward(qkv, mixed, attention, shape);
        kernels.linear().forward(mixed, outWeight.value(), out, tokens, width, width, 1);
        if (outBias != null) {
            outBias.add(out, tokens, arena);
        }
        return new Saved(qkv, mixed, attention);
    }

    /** @return dx [T, D], in the arena; x is the input of forward */
    public MemorySegment backward(
            Saved saved, MemorySegment x, MemorySegment dOut, int sequences, int positions, StepArena arena) {
        int tokens = sequences * positions;
        int width = size.width();
        AttentionKernel.Shape shape = shape(sequences, positions);
        if (outBias != null) {
            outBias.backward(dOut, tokens, arena);
        }
        MemorySegment dMixed = arena.floats((long) tokens * width);
        kernels.linear().backwardInput(dOut, outWeight.value(), dMixed, tokens, width, width, 0);
        if (outWeight.isTrained()) {
            kernels.linear().backwardWeight(dOut, saved.mixed, outWeight.gradient(), tokens, width, width, 1);
        }
        MemorySegment dQkv = arena.floats((long) tokens * shape.rowWidth());
        kernels.attention().backward(saved.qkv, saved.mixed, saved.attention, dMixed, dQkv, shape);
        if (rotary != null) {
            rotary.rotate(dQkv, shape, RotaryKernel.Direction.INVERSE);
        }
        MemorySegment dx = dMixed;
        kernels.linear().backwardInput(dQkv, qkvWeight.value(), dx, tokens, width, shape.rowWidth(), 0);
        if (qkvWeight.isTrained()) {
            kernels.linear().backwardWeight(dQkv, x, qkvWeight.gradient(), tokens, width, shape.rowWidth(), 1);
        }
        if (qkvBias != null) {
            qkvBias.backward(dQkv, tokens, arena);
        }
        return dx;
    }

    private AttentionKernel.Shape shape(int sequences, int positions) {
        return new AttentionKernel.Shape(sequences, positions, size.width(), size.heads(), size.kvHeads());
    }
}
