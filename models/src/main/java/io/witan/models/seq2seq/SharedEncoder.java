package io.witan.models.seq2seq;

import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.layer.EncoderBlock;
import io.witan.runtime.layer.RaggedEmbedding;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.train.dense.GradientProgress;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** The encoder that all rows come through: embedding, and blocks that see the whole row, whose FFNs are MoE layers. */
public final class SharedEncoder {
    private final RaggedEmbedding embedding;
    private final List<EncoderBlock> blocks;

    /** @param blocks in forward order */
    public SharedEncoder(RaggedEmbedding embedding, List<EncoderBlock> blocks) {
        this.embedding = embedding;
        this.blocks = List.copyOf(blocks);
    }

    /** In forward order. */
    public List<MoeLayer> moeLayers() {
        return blocks.stream().map(EncoderBlock::moe).toList();
    }

    /**
     * One forward.
     *
     * @param out [T, D]
     */
    public record Run(
            RowTokens tokens, RaggedEmbedding.Saved embedded, List<EncoderBlock.Forward> forwards, MemorySegment out) {}

    /** Of this rank's rows, which may be none. @param context with the tasks of the rows */
    public Run forward(RowTokens tokens, StepContext context, StepArena arena) {
        RaggedEmbedding.Saved embedded = embedding.forward(tokens.ids(), tokens.encoder(), arena);
        List<EncoderBlock.Forward> forwards = new ArrayList<>(blocks.size());
        MemorySegment x = embedded.out();
        for (EncoderBlock block : blocks) {
            if (!forwards.isEmpty()) {
                blocks.get(forwards.size() - 1).endForward();
            }
            EncoderBlock.Forward forward = block.forward(x, tokens.encoder(), Pass.TRAIN, context, arena);
            forwards.add(forward);
            x = forward.output();
        }
        return new Run(tokens, embedded, forwards, x);
    }

    /** Adds to gradients, and says which dense ones are complete. @param d [T, D]: gradient of the output on entry, of no use afterwards */
    public void backward(Run run, MemorySegment d, StepContext context, GradientProgress progress, StepArena arena) {
        for (int l = blocks.size() - 1; l >= 0; l--) {
            EncoderBlock block = blocks.get(l);
            progress.beginStretch();
            EncoderBlock.Backward half = block.backwardMoe(run.forwards.get(l), d, context, arena);
            if (l > 0) {
                blocks.get(l - 1).moe().beginMaterialise();
            }
            progress.beginStretch();
            block.backwardAttention(half, d, run.tokens.encoder(), context, arena);
            progress.complete(block.matrices());
        }
        embedding.backward(run.embedded, d, run.tokens.encoder());
    }

    /** The output [T, D] without a backward. */
    public MemorySegment evaluate(RowTokens tokens, StepArena arena) {
        StepContext context = StepContext.evaluation().withTasks(tokens.tasks());
        MemorySegment x =
                embedding.forward(tokens.ids(), tokens.encoder(), arena).out();
        for (EncoderBlock block : blocks) {
            x = block.forward(x, tokens.encoder(), Pass.EVALUATE, context, arena)
                    .output();
            block.endForward();
        }
        return x;
    }
}
