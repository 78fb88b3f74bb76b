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

/** Rows of a decoder attend to all rows that an encoder made of the same sequence: y = Attention(x Wq^T, memory Wkv^T) Wo^T, with biases. */
public final class CrossAttention {
    private final Kernels kernels;
    private final LinearLayer query;
    private final LinearLayer keyValue;
    private final LinearLayer out;
    private final int width;
    private final int heads;

    /**
     * The parameters; biases may be null.
     *
     * @param query [D, D]
     * @param keyValue [2 D, D]: rows of k, then v
     * @param out [D, D]
     */
    public record Projections(
            Parameter query,
            Parameter queryBias,
            Parameter keyValue,
            Parameter keyValueBias,
            Parameter out,
            Parameter outBias) {}

    /**
     * @param width D, of both sides
     * @param heads H, divides D
     */
    public CrossAttention(Kernels kernels, Projections projections, int width, int heads) {
        this.kernels = kernels;
        this.query = new LinearLayer(kernels, projections.query, projections.queryBias, width, width);
        this.keyValue = new LinearLayer(kernels, projections.keyValue, projections.keyValueBias, width, 2 * width);
        this.out = new LinearLayer(kernels, projections.out, projections.outBias, width, width);
        this.width = width;
        this.heads = heads;
    }

    List<Parameter> matrices() {
        return List.of(query.weight(), keyValue.weight(), out.weight());
    }

    /**
     * What a decoder reads.
     *
     * @param values [T', D]
     * @param rows of as many sequences as the decoder has
     */
    public record Memory(MemorySegment values, Ragged rows) {}

    /** What backward needs. */
    public record Saved(
            MemorySegment x, Memory memory, MemorySegment q, MemorySegment kv, RaggedAttentionKernel.Result mixed) {}

    /**
     * @param x [T, D], kept by reference, as is {@code memory}
     * @param sum [T, D], adds the result
     */
    public Saved forward(MemorySegment x, Memory memory, MemorySegment sum, Ragged rows, StepArena arena) {
        int tokens = rows.rows();
        RaggedAttentionKernel.Shape shape = shape(rows, memory.rows);
        MemorySegment q = query.forward(x, tokens, arena);
        MemorySegment kv = keyValue.forward(memory.values, memory.rows.rows(), arena);
        RaggedAttentionKernel.Result mixed = new RaggedAttentionKernel.Result(
                arena.floats((long) tokens * width),
                arena.floats(kernels.raggedAttention().savedFloats(shape)));
        kernels.raggedAttention().forward(operands(q, kv), mixed, shape);
        out.addTo(sum, mixed.out(), tokens, arena);
        return new Saved(x, memory, q, kv, mixed);
    }

    /**
     * @param dOut [T, D]
     * @param dMemory [T', D], adds the gradient of the memory
     * @return dx [T, D], in the arena
     */
    public MemorySegment backward(
            Saved saved, MemorySegment dOut, MemorySegment dMemory, Ragged rows, StepArena arena) {
        Memory memory = saved.memory;
        int tokens = rows.rows();
        int keys = memory.rows.rows();
        MemorySegment dMixed = arena.floats((long) tokens * width);
        out.backwardInput(dOut, dMixed, tokens, 0);
        out.backwardWeight(dOut, saved.mixed.out(), tokens, arena);
        MemorySegment dQ = arena.floats((long) tokens * width);
        MemorySegment dKv = arena.floats(2L * keys * width);
        kernels.raggedAttention()
                .backward(
                        operands(saved.q, saved.kv), saved.mixed, dMixed, operands(dQ, dKv), shape(rows, memory.rows));
        keyValue.backwardInput(dKv, dMemory, keys, 1);
        keyValue.backwardWeight(dKv, memory.values, keys, arena);
        MemorySegment dx = dMixed;
        query.backwardInput(dQ, dx, tokens, 0);
        query.backwardWeight(dQ, saved.x, tokens, arena);
        return dx;
    }

    /** A row of kv is k | v. */
    private Operands operands(MemorySegment q, MemorySegment kv) {
        return new Operands(Channels.of(q, width), new Channels(kv, 0, 2 * width), new Channels(kv, width, 2 * width));
    }

    private RaggedAttentionKernel.Shape shape(Ragged rows, Ragged memory) {
        return new RaggedAttentionKernel.Shape(rows.offsets(), memory.offsets(), width, heads, Reach.FULL);
    }
}
