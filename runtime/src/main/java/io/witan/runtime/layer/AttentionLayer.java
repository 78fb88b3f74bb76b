package io.witan.runtime.layer;

import io.witan.kernels.AttentionKernel;
import io.witan.kernels.Kernels;
import io.witan.kernels.RotaryKernel;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Causal self-attention with its projections: y = Attention(x Wqkv^T) Wo^T. */
public final class AttentionLayer {
    private final Kernels kernels;
    private final Parameter qkvWeight;
    private final Parameter outWeight;
    private final RotaryPositions rotary;
    private final int width;
    private final int heads;

    /**
     * @param qkvWeight [3 D, D]: rows of q, then k, then v
     * @param outWeight [D, D]
     * @param rotary positions, null if the model has others
     */
    public AttentionLayer(
            Kernels kernels, Parameter qkvWeight, Parameter outWeight, RotaryPositions rotary, int width, int heads) {
        this.kernels = kernels;
        this.qkvWeight = qkvWeight;
        this.outWeight = outWeight;
        this.rotary = rotary;
        this.width = width;
        this.heads = heads;
    }

    List<Parameter> matrices() {
        return List.of(qkvWeight, outWeight);
    }

    /** What backward needs. */
    public record Saved(MemorySegment qkv, MemorySegment mixed, MemorySegment attention) {}

    /** sequences * positions tokens; out [T, D] adds the result. */
    public Saved forward(MemorySegment x, MemorySegment out, int sequences, int positions, StepArena arena) {
        int tokens = sequences * positions;
        AttentionKernel.Shape shape = shape(sequences, positions);
        MemorySegment qkv = arena.floats(3L * tokens * width);
        kernels.linear().forward(x, qkvWeight.value(), qkv, tokens, width, 3 * width, 0);
        if (rotary != null) {
            rotary.rotate(qkv, shape, RotaryKernel.Direction.FORWARD);
        }
        MemorySegment mixed = arena.floats((long) tokens * width);
        MemorySegment attention = arena.floats(kernels.attention().savedFloats(shape));
        kernels.attention().forward(qkv, mixed, attention, shape);
        kernels.linear().forward(mixed, outWeight.value(), out, tokens, width, width, 1);
        return new Saved(qkv, mixed, attention);
    }

    /** @return dx [T, D], in the arena; x is the input of forward */
    public MemorySegment backward(
            Saved saved, MemorySegment x, MemorySegment dOut, int sequences, int positions, StepArena arena) {
        int tokens = sequences * positions;
        MemorySegment dMixed = arena.floats((long) tokens * width);
        kernels.linear().backwardInput(dOut, outWeight.value(), dMixed, tokens, width, width, 0);
        kernels.linear().backwardWeight(dOut, saved.mixed, outWeight.gradient(), tokens, width, width, 1);
        MemorySegment dQkv = arena.floats(3L * tokens * width);
        kernels.attention()
                .backward(saved.qkv, saved.mixed, saved.attention, dMixed, dQkv, shape(sequences, positions));
        if (rotary != null) {
            rotary.rotate(dQkv, shape(sequences, positions), RotaryKernel.Direction.INVERSE);
        }
        MemorySegment dx = dMixed;
        kernels.linear().backwardInput(dQkv, qkvWeight.value(), dx, tokens, width, 3 * width, 0);
        kernels.linear().backwardWeight(dQkv, x, qkvWeight.gradient(), tokens, width, 3 * width, 1);
        return dx;
    }

    private AttentionKernel.Shape shape(int sequences, int positions) {
        return new AttentionKernel.Shape(sequences, positions, width, heads);
    }
}
