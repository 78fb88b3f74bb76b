package io.witan.runtime.layer;

import io.witan.kernels.Kernels;
import io.witan.kernels.RaggedAttentionKernel;
import io.witan.kernels.RaggedAttentionKernel.Channels;
import io.witan.kernels.RaggedAttentionKernel.Operands;
import io.witan.kernels.RaggedAttentionKernel.Reach;
import io.witan.runtime.engine.Ragged;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Self-attention of sequences of uneven lengths with its projections: y = Attention(x Wqkv^T + b) Wo^T + c. */
public final class RaggedSelfAttention {
    private final Kernels kernels;
    private final LinearLayer qkv;
    private final LinearLayer out;
    private final int width;
    private final int heads;
    private final Reach reach;

    /**
     * @param projections with as many heads of keys and values as of queries
     * @param width D
     * @param heads H, divides D
     */
    public RaggedSelfAttention(
            Kernels kernels, AttentionLayer.Projections projections, int width, int heads, Reach reach) {
        this.kernels = kernels;
        this.qkv = new LinearLayer(kernels, projections.qkvWeight(), projections.qkvBias(), width, 3 * width);
        this.out = new LinearLayer(kernels, projections.outWeight(), projections.outBias(), width, width);
        this.width = width;
        this.heads = heads;
        this.reach = reach;
    }

    List<Parameter> matrices() {
        return List.of(qkv.weight(), out.weight());
    }

    /** What backward needs. */
    public record Saved(MemorySegment qkv, RaggedAttentionKernel.Result mixed) {}

    /**
     * @param x [T, D]
     * @param sum [T, D], adds the result
     */
    public Saved forward(MemorySegment x, MemorySegment sum, Ragged rows, StepArena arena) {
        int tokens = rows.rows();
        RaggedAttentionKernel.Shape shape = shape(rows);
        MemorySegment projected = qkv.forward(x, tokens, arena);
        RaggedAttentionKernel.Result mixed = new RaggedAttentionKernel.Result(
                arena.floats((long) tokens * width),
                arena.floats(kernels.raggedAttention().savedFloats(shape)));
        kernels.raggedAttention().forward(operands(projected), mixed, shape);
        out.addTo(sum, mixed.out(), tokens, arena);
        return new Saved(projected, mixed);
    }

    /**
     * @param x of forward
     * @param dOut [T, D]
     * @return dx [T, D], in the arena
     */
    public MemorySegment backward(Saved saved, MemorySegment x, MemorySegment dOut, Ragged rows, StepArena arena) {
        int tokens = rows.rows();
        MemorySegment dMixed = arena.floats((long) tokens * width);
        out.backwardInput(dOut, dMixed, tokens, 0);
        out.backwardWeight(dOut, saved.mixed.out(), tokens, arena);
        MemorySegment dQkv = arena.floats(3L * tokens * width);
        kernels.raggedAttention().backward(operands(saved.qkv), saved.mixed, dMixed, operands(dQkv), shape(rows));
        MemorySegment dx = dMixed;
        qkv.backwardInput(dQkv, dx, tokens, 0);
        qkv.backwardWeight(dQkv, x, tokens, arena);
        return dx;
    }

    /** A row is q | k | v. */
    private Operands operands(MemorySegment rows) {
        return new Operands(
                new Channels(rows, 0, 3 * width),
                new Channels(rows, width, 3 * width),
                new Channels(rows, 2 * width, 3 * width));
    }

    private RaggedAttentionKernel.Shape shape(Ragged rows) {
        return new RaggedAttentionKernel.Shape(rows.offsets(), rows.offsets(), width, heads, reach);
    }
}
