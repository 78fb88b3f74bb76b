package io.witan.models.dmoerm.network;

import static io.witan.models.dmoerm.network.QkvProjection.KEYS;
import static io.witan.models.dmoerm.network.QkvProjection.QUERIES;
import static io.witan.models.dmoerm.network.QkvProjection.VALUES;

import io.witan.kernels.Kernels;
import io.witan.kernels.RaggedAttentionKernel;
import io.witan.kernels.RaggedAttentionKernel.Channels;
import io.witan.kernels.RaggedAttentionKernel.Operands;
import io.witan.kernels.RaggedAttentionKernel.Reach;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.Ragged;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.engine.TokenTasks;
import io.witan.runtime.layer.FeedForwardLayer;
import io.witan.runtime.layer.LinearLayer;
import io.witan.runtime.layer.NormLayer;
import io.witan.runtime.layer.SelectedRows;
import io.witan.runtime.moe.MoeLayer;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The last block of a model that is read at the last token of each sequence: keys and values of all tokens, all else of the last ones alone. The last
 * token sees its whole sequence, whether attention is causal or not.
 */
final class LastBlock {
    private final Kernels kernels;
    private final Parts parts;
    private final QkvProjection qkv;
    private final LinearLayer out;
    private final int width;
    private final int heads;

    /** What a block is made of; adapters of a model that is frozen. */
    record Parts(
            NormLayer attentionNorm,
            QkvProjection qkv,
            LinearLayer out,
            NormLayer feedForwardNorm,
            FeedForwardLayer feedForward,
            Optional<Adapters> adapters) {}

    /**
     * @param width D
     * @param heads H
     */
    LastBlock(Kernels kernels, Parts parts, int width, int heads) {
        this.kernels = kernels;
        this.parts = parts;
        this.qkv = parts.qkv;
        this.out = parts.out;
        this.width = width;
        this.heads = heads;
    }

    Optional<Adapters> adapters() {
        return parts.adapters;
    }

    /** One forward: the output [n, D] of n sequences and what backward needs. */
    final class Forward {
        private final Ragged rows;
        private final StepContext context;
        private final SelectedRows last;
        private final MemorySegment output;
        private NormLayer.Saved normed;
        private MemorySegment normedLast;
        private MemorySegment q;
        private MemorySegment k;
        private MemorySegment v;
        private MoeLayer.Saved queries;
        private MoeLayer.Saved values;
        private RaggedAttentionKernel.Result mixed;
        private NormLayer.Saved middleNormed;
        private FeedForwardLayer.Saved passed;

        private Forward(Ragged rows, StepContext context, StepArena arena) {
            this.rows = rows;
            this.context = context;
            this.last = new SelectedRows(kernels, lastRows(rows), width, arena);
            this.output = arena.floats((long) last.count() * width);
        }

        MemorySegment output() {
            return output;
        }

        /**
         * @param d [n, D]: gradient of the output
         * @return [T, D]: gradient of the input, in the arena
         */
        MemorySegment backward(MemorySegment d, StepArena arena) {
            int n = last.count();
            int tokens = rows.rows();
            MemorySegment dx = zeroes((long) tokens * width, arena);
            StepArena.Mark mark = arena.mark();
            MemorySegment dMiddle = arena.floats((long) n * width);
            arena.copy(d, dMiddle, (long) n * width * Float.BYTES);
            MemorySegment dMixed = arena.floats((long) n * width);
            parts.feedForward.backward(passed, middleNormed.y(), d, dMixed, n, arena);
            parts.feedForwardNorm.backward(middleNormed, dMixed, dMiddle, n);
            out.backwardInput(dMiddle, dMixed, n, 0);
            out.backwardWeight(dMiddle, mixed.out(), n, arena);
            MemorySegment dQ = arena.floats((long) n * width);
            MemorySegment dK = arena.floats((long) tokens * width);
            MemorySegment dV = arena.floats((long) tokens * width);
            kernels.raggedAttention().backward(operands(q, k, v), mixed, dMixed, operands(dQ, dK, dV), shape(rows));
            MemorySegment dNormed = arena.floats((long) tokens * width);
            qkv.backward(KEYS, dK, normed.y(), dNormed, tokens, 0);
            qkv.backward(VALUES, dV, normed.y(), dNormed, tokens, 1);
            MemorySegment dLast = arena.floats((long) n * width);
            qkv.backward(QUERIES, dQ, normedLast, dLast, n, 0);
            parts.adapters.ifPresent(adapters -> {
                MemorySegment ofValues = adapters.backwardOfValues(values, dV, context, arena);
                kernels.vector().add(dNormed, ofValues, (long) tokens * width);
                MemorySegment ofQueries = adapters.backwardOfQueries(queries, dQ, context.withTasks(ofLast()), arena);
                kernels.vector().add(dLast, ofQueries, (long) n * width);
            });
            last.addTo(dNormed, dLast);
            last.addTo(dx, dMiddle);
            parts.attentionNorm.backward(normed, dNormed, dx, tokens);
            arena.release(mark);
            return dx;
        }

        /** The points of rows that are one a sequence. */
        private TokenTasks ofLast() {
            return new TokenTasks(context.tasks().ofSequence(), 1);
        }

        private void run(MemorySegment x, Pass pass, StepArena arena) {
            int n = last.count();
            int tokens = rows.rows();
            parts.adapters.ifPresent(Adapters::begin);
            normed = parts.attentionNorm.forward(x, tokens, arena);
            normedLast = last.of(normed.y(), arena);
            q = qkv.forward(QUERIES, normedLast, n, arena);
            k = qkv.forward(KEYS, normed.y(), tokens, arena);
            v = qkv.forward(VALUES, normed.y(), tokens, arena);
            parts.adapters.ifPresent(adapters -> {
                queries = adapters.addToQueries(normedLast, q, n, pass, context.withTasks(ofLast()), arena);
                values = adapters.addToValues(normed.y(), v, tokens, pass, context, arena);
            });
            RaggedAttentionKernel.Shape shape = shape(rows);
            mixed = new RaggedAttentionKernel.Result(
                    arena.floats((long) n * width),
                    arena.floats(kernels.raggedAttention().savedFloats(shape)));
            kernels.raggedAttention().forward(operands(q, k, v), mixed, shape);
            MemorySegment middle = last.of(x, arena);
            out.addTo(middle, mixed.out(), n, arena);
            middleNormed = parts.feedForwardNorm.forward(middle, n, arena);
            arena.copy(middle, output, (long) n * width * Float.BYTES);
            passed = parts.feedForward.forward(middleNormed.y(), output, n, pass, arena);
        }
    }

    /**
     * @param x [T, D], kept by reference until backward
     * @param rows sequences of at least one token each
     * @param context with the point of each sequence, where there are adapters
     */
    Forward forward(MemorySegment x, Ragged rows, Pass pass, StepContext context, StepArena arena) {
        Forward forward = new Forward(rows, context, arena);
        StepArena.Mark mark = arena.mark();
        forward.run(x, pass, arena);
        if (pass == Pass.EVALUATE) {
            arena.release(mark);
        }
        return forward;
    }

    private MemorySegment zeroes(long count, StepArena arena) {
        MemorySegment zeroes = arena.floats(count);
        kernels.vector().zero(zeroes, count);
        return zeroes;
    }

    /** The last row of each sequence. */
    static int[] lastRows(Ragged rows) {
        int[] last = new int[rows.sequences()];
        for (int i = 0; i < last.length; i++) {
            last[i] = rows.offsets()[i + 1] - 1;
        }
        return last;
    }

    private Operands operands(MemorySegment ofLast, MemorySegment keys, MemorySegment values) {
        return new Operands(Channels.of(ofLast, width), Channels.of(keys, width), Channels.of(values, width));
    }

    private RaggedAttentionKernel.Shape shape(Ragged rows) {
        int[] queries = Ragged.equal(rows.sequences(), 1).offsets();
        return new RaggedAttentionKernel.Shape(queries, rows.offsets(), width, heads, Reach.FULL);
    }
}
