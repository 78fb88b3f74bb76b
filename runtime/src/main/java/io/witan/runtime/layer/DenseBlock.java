package io.witan.runtime.layer;

import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.Ragged;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;

/** x + Attention(norm(x)), then + FFN(norm(.)): one block of a dense pre-norm transformer over sequences of uneven lengths. */
public final class DenseBlock {
    private final NormLayer attentionNorm;
    private final RaggedSelfAttention attention;
    private final NormLayer feedForwardNorm;
    private final FeedForwardLayer feedForward;
    private final int width;

    /** @param width model width D */
    public DenseBlock(
            NormLayer attentionNorm,
            RaggedSelfAttention attention,
            NormLayer feedForwardNorm,
            FeedForwardLayer feedForward,
            int width) {
        this.attentionNorm = attentionNorm;
        this.attention = attention;
        this.feedForwardNorm = feedForwardNorm;
        this.feedForward = feedForward;
        this.width = width;
    }

    /** Its parameters that are matrices. */
    public List<Parameter> matrices() {
        return Stream.concat(attention.matrices().stream(), feedForward.matrices().stream())
                .toList();
    }

    private record Activations(
            NormLayer.Saved attentionNorm,
            RaggedSelfAttention.Saved attention,
            NormLayer.Saved feedForwardNorm,
            FeedForwardLayer.Saved feedForward) {}

    /** One forward: the output [T, D] and what backward needs. */
    public static final class Forward {
        private final MemorySegment output;
        private final Activations activations;

        private Forward(MemorySegment output, Activations activations) {
            this.output = output;
            this.activations = activations;
        }

        public MemorySegment output() {
            return output;
        }
    }

    /** @param x [T, D], kept by reference until backward */
    public Forward forward(MemorySegment x, Ragged rows, Pass pass, StepArena arena) {
        MemorySegment out = arena.floats((long) rows.rows() * width);
        StepArena.Mark mark = arena.mark();
        Activations activations = run(x, out, rows, pass, arena);
        if (pass == Pass.EVALUATE) {
            arena.release(mark);
        }
        return new Forward(out, pass == Pass.EVALUATE ? null : activations);
    }

    private Activations run(MemorySegment x, MemorySegment out, Ragged rows, Pass pass, StepArena arena) {
        int tokens = rows.rows();
        long bytes = (long) tokens * width * Float.BYTES;
        MemorySegment middle = arena.floats((long) tokens * width);
        arena.copy(x, middle, bytes);
        NormLayer.Saved normed = attentionNorm.forward(x, tokens, arena);
        RaggedSelfAttention.Saved attended = attention.forward(normed.y(), middle, rows, arena);
        NormLayer.Saved middleNormed = feedForwardNorm.forward(middle, tokens, arena);
        arena.copy(middle, out, bytes);
        FeedForwardLayer.Saved passed = feedForward.forward(middleNormed.y(), out, tokens, pass, arena);
        return new Activations(normed, attended, middleNormed, passed);
    }

    /** @param d [T, D]: gradient of the output on entry, of the input on return */
    public void backward(Forward forward, MemorySegment d, Ragged rows, StepArena arena) {
        StepArena.Mark mark = arena.mark();
        int tokens = rows.rows();
        Activations saved = forward.activations;
        MemorySegment dNormed = arena.floats((long) tokens * width);
        feedForward.backward(saved.feedForward, saved.feedForwardNorm.y(), d, dNormed, tokens, arena);
        feedForwardNorm.backward(saved.feedForwardNorm, dNormed, d, tokens);
        MemorySegment dAttention = attention.backward(saved.attention, saved.attentionNorm.y(), d, rows, arena);
        attentionNorm.backward(saved.attentionNorm, dAttention, d, tokens);
        arena.release(mark);
    }
}
