package io.witan.models.dmoerm.network;

import static io.witan.models.dmoerm.network.QkvProjection.KEYS;
import static io.witan.models.dmoerm.network.QkvProjection.QUERIES;
import static io.witan.models.dmoerm.network.QkvProjection.VALUES;

import io.witan.kernels.Kernels;
import io.witan.kernels.RaggedAttentionKernel;
import io.witan.kernels.RaggedAttentionKernel.Channels;
import io.witan.kernels.RaggedAttentionKernel.Operands;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.Ragged;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.layer.FeedForwardLayer;
import io.witan.runtime.layer.LinearLayer;
import io.witan.runtime.layer.NormLayer;
import io.witan.runtime.layer.SelectedRows;
import io.witan.runtime.moe.MoeLayer;
import java.lang.foreign.MemorySegment;

/**
 * A block of the base model, which is frozen, with adapters: x + Attention(norm(x)), then + FFN(norm(.)), where q = n Wq^T + E_p(n) and v = n Wv^T + E'_p(n)
 * for rows of capability point p.
 */
final class PointBlock {
    private final Kernels kernels;
    private final Parts parts;
    private final Size size;

    /** What a block is made of. */
    record Parts(
            NormLayer attentionNorm,
            QkvProjection qkv,
            LinearLayer out,
            Adapters adapters,
            NormLayer feedForwardNorm,
            FeedForwardLayer feedForward) {}

    /**
     * @param width D
     * @param heads H
     */
    record Size(int width, int heads, RaggedAttentionKernel.Reach reach) {}

    PointBlock(Kernels kernels, Parts parts, Size size) {
        this.kernels = kernels;
        this.parts = parts;
        this.size = size;
    }

    Adapters adapters() {
        return parts.adapters;
    }

    /**
     * What a block computes from x before adapters: nothing of it depends on the point.
     *
     * @param x [T, D]
     * @param normed with its statistics; null if no gradient goes on from here to x
     * @param n [T, D]: the norm's output
     */
    record Projected(
            MemorySegment x,
            NormLayer.Saved normed,
            MemorySegment n,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v) {
        /** The same of other rows, whose gradient ends here. */
        Projected select(SelectedRows rows, StepArena arena) {
            return new Projected(
                    rows.of(x, arena),
                    null,
                    rows.of(n, arena),
                    rows.of(q, arena),
                    rows.of(k, arena),
                    rows.of(v, arena));
        }
    }

    Projected project(MemorySegment x, int tokens, StepArena arena) {
        NormLayer.Saved normed = parts.attentionNorm.forward(x, tokens, arena);
        return new Projected(
                x,
                normed,
                normed.y(),
                parts.qkv.forward(QUERIES, normed.y(), tokens, arena),
                parts.qkv.forward(KEYS, normed.y(), tokens, arena),
                parts.qkv.forward(VALUES, normed.y(), tokens, arena));
    }

    private record Activations(
            Projected projected,
            MoeLayer.Saved queries,
            MoeLayer.Saved values,
            RaggedAttentionKernel.Result mixed,
            NormLayer.Saved feedForwardNorm,
            FeedForwardLayer.Saved feedForward) {}

    /** One forward: the output [T, D] and what backward needs. */
    static final class Forward {
        private final MemorySegment output;
        private final Activations activations;

        private Forward(MemorySegment output, Activations activations) {
            this.output = output;
            this.activations = activations;
        }

        MemorySegment output() {
            return output;
        }
    }

    /**
     * @param projected of these rows; q and v get the adapters' part
     * @param context with the point of each sequence as its task
     */
    Forward forward(Projected projected, Ragged rows, Pass pass, StepContext context, StepArena arena) {
        int tokens = rows.rows();
        long values = (long) tokens * size.width;
        MemorySegment out = arena.floats(values);
        StepArena.Mark mark = arena.mark();
        parts.adapters.begin();
        MoeLayer.Saved ofQueries = parts.adapters.addToQueries(projected.n, projected.q, tokens, pass, context, arena);
        MoeLayer.Saved ofValues = parts.adapters.addToValues(projected.n, projected.v, tokens, pass, context, arena);
        RaggedAttentionKernel.Shape shape = shape(rows);
        RaggedAttentionKernel.Result mixed = new RaggedAttentionKernel.Result(
                arena.floats(values), arena.floats(kernels.raggedAttention().savedFloats(shape)));
        kernels.raggedAttention().forward(operands(projected.q, projected.k, projected.v), mixed, shape);
        MemorySegment middle = arena.floats(values);
        arena.copy(projected.x, middle, values * Float.BYTES);
        parts.out.addTo(middle, mixed.out(), tokens, arena);
        NormLayer.Saved middleNormed = parts.feedForwardNorm.forward(middle, tokens, arena);
        arena.copy(middle, out, values * Float.BYTES);
        FeedForwardLayer.Saved passed = parts.feedForward.forward(middleNormed.y(), out, tokens, pass, arena);
        if (pass == Pass.EVALUATE) {
            arena.release(mark);
            return new Forward(out, null);
        }
        return new Forward(out, new Activations(projected, ofQueries, ofValues, mixed, middleNormed, passed));
    }

    /**
     * @param d [T, D]: gradient of the output on entry; on return, unless {@code forward} began with rows whose gradient ends there, of
     *     the input
     */
    void backward(Forward forward, MemorySegment d, Ragged rows, StepContext context, StepArena arena) {
        StepArena.Mark mark = arena.mark();
        int tokens = rows.rows();
        long values = (long) tokens * size.width;
        Activations saved = forward.activations;
        Projected projected = saved.projected;
        MemorySegment dMixed = arena.floats(values);
        parts.feedForward.backward(saved.feedForward, saved.feedForwardNorm.y(), d, dMixed, tokens, arena);
        parts.feedForwardNorm.backward(saved.feedForwardNorm, dMixed, d, tokens);
        parts.out.backwardInput(d, dMixed, tokens, 0);
        MemorySegment dQ = arena.floats(values);
        MemorySegment dK = arena.floats(values);
        MemorySegment dV = arena.floats(values);
        kernels.raggedAttention()
                .backward(
                        operands(projected.q, projected.k, projected.v),
                        saved.mixed,
                        dMixed,
                        operands(dQ, dK, dV),
                        shape(rows));
        MemorySegment dN = parts.adapters.backwardOfValues(saved.values, dV, context, arena);
        kernels.vector().add(dN, parts.adapters.backwardOfQueries(saved.queries, dQ, context, arena), values);
        if (projected.normed != null) {
            parts.qkv.backward(QUERIES, dQ, projected.n, dN, tokens, 1);
            parts.qkv.backward(KEYS, dK, projected.n, dN, tokens, 1);
            parts.qkv.backward(VALUES, dV, projected.n, dN, tokens, 1);
            parts.attentionNorm.backward(projected.normed, dN, d, tokens);
        }
        arena.release(mark);
    }

    private Operands operands(MemorySegment q, MemorySegment k, MemorySegment v) {
        return new Operands(Channels.of(q, size.width), Channels.of(k, size.width), Channels.of(v, size.width));
    }

    private RaggedAttentionKernel.Shape shape(Ragged rows) {
        return new RaggedAttentionKernel.Shape(rows.offsets(), rows.offsets(), size.width, size.heads, size.reach);
    }
}
