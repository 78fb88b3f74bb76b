package io.witan.models.dmoerm.network;

import io.witan.kernels.Kernels;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.Ragged;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.engine.TokenTasks;
import io.witan.runtime.layer.NormLayer;
import io.witan.runtime.layer.RaggedEmbedding;
import io.witan.runtime.layer.SelectedRows;
import io.witan.runtime.moe.MoeLayer;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The frozen base model under the adapters of capability points: for each repetition of a sequence the hidden state z of its last token. What the first of
 * several blocks computes before its adapters is the same for all points and computed once a sequence.
 */
public final class PointNetwork {
    private final Kernels kernels;
    private final Parts parts;
    private final int width;

    /** The layers in forward order; all but the adapters are the base model's. */
    record Parts(RaggedEmbedding embedding, List<PointBlock> blocks, LastBlock lastBlock, NormLayer norm) {}

    /** @param width model width D */
    PointNetwork(Kernels kernels, Parts parts, int width) {
        this.kernels = kernels;
        this.parts = parts;
        this.width = width;
    }

    /** Of queries and values, block by block. */
    public List<MoeLayer> moeLayers() {
        return Stream.concat(parts.blocks.stream().map(PointBlock::adapters), parts.lastBlock.adapters().stream())
                .flatMap(adapters -> Stream.of(adapters.queries(), adapters.values()))
                .toList();
    }

    /** One forward, in the arena; a backward may follow if its pass was for training. */
    public final class Encoded {
        private final PointRows rows;
        private final StepContext context;
        private final List<PointBlock.Forward> blocks;
        private final LastBlock.Forward lastBlock;
        private final NormLayer.Saved normed;

        private Encoded(
                PointRows rows,
                StepContext context,
                List<PointBlock.Forward> blocks,
                LastBlock.Forward lastBlock,
                NormLayer.Saved normed) {
            this.rows = rows;
            this.context = context;
            this.blocks = blocks;
            this.lastBlock = lastBlock;
            this.normed = normed;
        }

        /** z [N, D]. */
        public MemorySegment last() {
            return normed.y();
        }

        /** Adds the adapters' gradients; dLast [N, D]. */
        public void backward(MemorySegment dLast, StepArena arena) {
            StepArena.Mark mark = arena.mark();
            long count = (long) rows.points().length * width;
            MemorySegment dRead = arena.floats(count);
            kernels.vector().zero(dRead, count);
            parts.norm.backward(normed, dLast, dRead, rows.points().length);
            MemorySegment d = lastBlock.backward(dRead, arena);
            for (int l = blocks.size() - 1; l >= 0; l--) {
                parts.blocks.get(l).backward(blocks.get(l), d, rows.rows(), context, arena);
            }
            arena.release(mark);
        }
    }

    /**
     * @param ids [T] tokens of the sequences that rows repeat
     * @param step without tasks
     */
    public Encoded encode(int[] ids, PointRows rows, Pass pass, StepContext step, StepArena arena) {
        StepContext context = step.withTasks(new TokenTasks(rows.points(), rows.rows()));
        Ragged repeated = rows.rows();
        MemorySegment x = parts.embedding.forward(ids, rows.of(), arena).out();
        SelectedRows tokens = new SelectedRows(kernels, rows.tokens(), width, arena);
        List<PointBlock.Forward> forwards = new ArrayList<>();
        for (PointBlock block : parts.blocks) {
            PointBlock.Projected projected = forwards.isEmpty()
                    ? block.project(x, rows.of().rows(), arena).select(tokens, arena)
                    : block.project(x, repeated.rows(), arena);
            PointBlock.Forward forward = block.forward(projected, repeated, pass, context, arena);
            block.adapters().endForward();
            forwards.add(forward);
            x = forward.output();
        }
        if (parts.blocks.isEmpty()) {
            x = tokens.of(x, arena);
        }
        LastBlock.Forward last = parts.lastBlock.forward(x, repeated, pass, context, arena);
        NormLayer.Saved normed = parts.norm.forward(last.output(), repeated.sequences(), arena);
        return new Encoded(rows, context, forwards, last, normed);
    }

    /** No backward follows. */
    public void endForward() {
        parts.lastBlock.adapters().ifPresent(Adapters::endForward);
    }
}
