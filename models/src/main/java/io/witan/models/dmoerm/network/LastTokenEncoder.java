package io.witan.models.dmoerm.network;

import io.witan.kernels.Kernels;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.Ragged;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.layer.DenseBlock;
import io.witan.runtime.layer.NormLayer;
import io.witan.runtime.layer.RaggedEmbedding;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A small language model that is read at the last token of each sequence: embedding, dense blocks, norm. */
public final class LastTokenEncoder {
    private final Kernels kernels;
    private final Parts parts;
    private final int width;

    /** The layers in forward order. */
    record Parts(RaggedEmbedding embedding, List<DenseBlock> blocks, LastBlock lastBlock, NormLayer norm) {}

    /** @param width model width D */
    LastTokenEncoder(Kernels kernels, Parts parts, int width) {
        this.kernels = kernels;
        this.parts = parts;
        this.width = width;
    }

    /** One forward, in the arena; a backward may follow if its pass was for training. */
    public final class Encoded {
        private final Ragged rows;
        private final RaggedEmbedding.Saved embedded;
        private final List<DenseBlock.Forward> blocks;
        private final LastBlock.Forward lastBlock;
        private final NormLayer.Saved normed;

        private Encoded(
                Ragged rows,
                RaggedEmbedding.Saved embedded,
                List<DenseBlock.Forward> blocks,
                LastBlock.Forward lastBlock,
                NormLayer.Saved normed) {
            this.rows = rows;
            this.embedded = embedded;
            this.blocks = blocks;
            this.lastBlock = lastBlock;
            this.normed = normed;
        }

        /** [sequences, D]: the last token of each. */
        public MemorySegment last() {
            return normed.y();
        }

        /** Adds all parameters' gradients; dLast [sequences, D]. */
        public void backward(MemorySegment dLast, StepArena arena) {
            StepArena.Mark mark = arena.mark();
            long count = (long) rows.sequences() * width;
            MemorySegment dRead = arena.floats(count);
            kernels.vector().zero(dRead, count);
            parts.norm.backward(normed, dLast, dRead, rows.sequences());
            MemorySegment d = lastBlock.backward(dRead, arena);
            for (int l = blocks.size() - 1; l >= 0; l--) {
                parts.blocks.get(l).backward(blocks.get(l), d, rows, arena);
            }
            parts.embedding.backward(embedded, d, rows);
            arena.release(mark);
        }
    }

    /**
     * @param ids [T] tokens of the sequences
     * @param rows sequences of at least one token each
     */
    public Encoded encode(int[] ids, Ragged rows, Pass pass, StepArena arena) {
        RaggedEmbedding.Saved embedded = parts.embedding.forward(ids, rows, arena);
        MemorySegment x = embedded.out();
        List<DenseBlock.Forward> forwards = new ArrayList<>();
        for (DenseBlock block : parts.blocks) {
            DenseBlock.Forward forward = block.forward(x, rows, pass, arena);
            forwards.add(forward);
            x = forward.output();
        }
        LastBlock.Forward last = parts.lastBlock.forward(x, rows, pass, StepContext.evaluation(), arena);
        NormLayer.Saved normed = parts.norm.forward(last.output(), rows.sequences(), arena);
        return new Encoded(rows, embedded, forwards, last, normed);
    }
}
