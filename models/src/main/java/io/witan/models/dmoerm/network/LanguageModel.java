package io.witan.models.dmoerm.network;

import io.witan.runtime.data.TokenBatch;
import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.Ragged;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.layer.DenseBlock;
import io.witan.runtime.layer.LanguageModelHead;
import io.witan.runtime.layer.RaggedEmbedding;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** The tensors of a {@link LastTokenEncoder} as a causal language model that predicts each next token: how it learns what texts are like. */
public final class LanguageModel {
    private final Parts parts;
    private final int width;

    /** The layers in forward order; blocks are causal. */
    record Parts(RaggedEmbedding embedding, List<DenseBlock> blocks, LanguageModelHead head) {}

    /** @param width model width D */
    LanguageModel(Parts parts, int width) {
        this.parts = parts;
        this.width = width;
    }

    private record Read(RaggedEmbedding.Saved embedded, List<DenseBlock.Forward> blocks, MemorySegment x) {}

    private Read read(int[] ids, Ragged rows, Pass pass, StepArena arena) {
        RaggedEmbedding.Saved embedded = parts.embedding.forward(ids, rows, arena);
        MemorySegment x = embedded.out();
        List<DenseBlock.Forward> forwards = new ArrayList<>();
        for (DenseBlock block : parts.blocks) {
            forwards.add(block.forward(x, rows, pass, arena));
            x = forwards.getLast().output();
        }
        return new Read(embedded, forwards, x);
    }

    /**
     * Cross-entropy of all tokens but the first of each sequence, and all gradients.
     *
     * @param ids [T]
     * @param scale factor on the gradient
     * @return summed over tokens, in nats
     */
    public double lossAndGradient(int[] ids, Ragged rows, float scale, StepArena arena) {
        StepArena.Mark mark = arena.mark();
        int tokens = rows.rows();
        Read read = read(ids, rows, Pass.TRAIN, arena);
        MemorySegment d = arena.floats((long) tokens * width);
        double sum = parts.head
                .lossAndGradient(read.x, next(ids, rows, arena), scale, d, tokens, arena)
                .sum();
        for (int l = parts.blocks.size() - 1; l >= 0; l--) {
            parts.blocks.get(l).backward(read.blocks.get(l), d, rows, arena);
        }
        parts.embedding.backward(read.embedded, d, rows);
        arena.release(mark);
        return sum;
    }

    /** The same without gradients. */
    public double loss(int[] ids, Ragged rows, StepArena arena) {
        StepArena.Mark mark = arena.mark();
        MemorySegment x = read(ids, rows, Pass.EVALUATE, arena).x;
        double sum =
                parts.head.loss(x, next(ids, rows, arena), rows.rows(), arena).sum();
        arena.release(mark);
        return sum;
    }

    /** The token behind each; none behind a sequence's last. */
    private static MemorySegment next(int[] ids, Ragged rows, StepArena arena) {
        int[] next = new int[ids.length];
        System.arraycopy(ids, Math.min(1, ids.length), next, 0, Math.max(0, ids.length - 1));
        for (int i = 0; i < rows.sequences(); i++) {
            if (rows.length(i) > 0) {
                next[rows.begin(i) + rows.length(i) - 1] = TokenBatch.IGNORED;
            }
        }
        MemorySegment targets = arena.hostInts(ids.length);
        MemorySegment.copy(next, 0, targets, ValueLayout.JAVA_INT, 0, ids.length);
        return arena.toKernels(targets);
    }
}
