package io.witan.runtime.layer;

import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.Ragged;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.state.Parameter;
import io.witan.runtime.trace.Phase;
import io.witan.runtime.trace.Span;
import io.witan.runtime.trace.Timeline;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;

/** x + Attention(norm(x)), then + MoE(norm(.)): {@link TransformerBlock} over sequences of uneven lengths. */
public final class EncoderBlock {
    private final NormLayer attentionNorm;
    private final RaggedSelfAttention attention;
    private final NormLayer moeNorm;
    private final MoeLayer moe;
    private final int width;
    private final Timeline timeline;
    private final int layer;

    /** @param width model width D */
    public EncoderBlock(
            NormLayer attentionNorm,
            RaggedSelfAttention attention,
            NormLayer moeNorm,
            MoeLayer moe,
            int width,
            Timeline timeline) {
        this.attentionNorm = attentionNorm;
        this.attention = attention;
        this.moeNorm = moeNorm;
        this.moe = moe;
        this.width = width;
        this.timeline = timeline;
        this.layer = moe.experts().layer();
    }

    public MoeLayer moe() {
        return moe;
    }

    /** Its dense parameters that are matrices. */
    public List<Parameter> matrices() {
        return Stream.concat(attention.matrices().stream(), moe.matrices().stream())
                .toList();
    }

    private record Activations(
            NormLayer.Saved attentionNorm,
            RaggedSelfAttention.Saved attention,
            NormLayer.Saved moeNorm,
            MoeLayer.Saved moe) {}

    /** One forward of a block: its output [T, D] and what its backward needs. */
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

    /**
     * @param x [T, D], kept by reference until backward
     * @param context with the tasks of these rows, where the gate goes by tasks
     */
    public Forward forward(MemorySegment x, Ragged rows, Pass pass, StepContext context, StepArena arena) {
        MemorySegment out = arena.floats((long) rows.rows() * width);
        timeline.phase(Phase.FORWARD);
        StepArena.Mark mark = arena.mark();
        Activations activations = run(x, out, rows, pass, context, arena);
        if (pass == Pass.EVALUATE) {
            arena.release(mark);
        }
        return new Forward(out, pass == Pass.EVALUATE ? null : activations);
    }

    private Activations run(
            MemorySegment x, MemorySegment out, Ragged rows, Pass pass, StepContext context, StepArena arena) {
        int tokens = rows.rows();
        long bytes = (long) tokens * width * Float.BYTES;
        moe.beginMaterialise();
        MemorySegment middle = arena.floats((long) tokens * width);
        arena.copy(x, middle, bytes);
        long begin = timeline.begin();
        NormLayer.Saved normed = attentionNorm.forward(x, tokens, arena);
        begin = lap(Span.NORM, begin);
        RaggedSelfAttention.Saved attended = attention.forward(normed.y(), middle, rows, arena);
        begin = lap(Span.ATTENTION, begin);
        NormLayer.Saved moeNormed = moeNorm.forward(middle, tokens, arena);
        lap(Span.NORM, begin);
        arena.copy(middle, out, bytes);
        MoeLayer.Saved routed = moe.forward(moeNormed.y(), out, tokens, pass, context, arena);
        return new Activations(normed, attended, moeNormed, routed);
    }

    private long lap(Span span, long begin) {
        timeline.end(span, layer, Timeline.NONE, begin);
        return timeline.begin();
    }

    /** Another layer's turn comes before this one's backward: copies of experts that do not stay are freed. */
    public void endForward() {
        moe.experts().endForward();
    }

    /** A backward that has passed the MoE layer. */
    public static final class Backward {
        private final Activations saved;
        private final MemorySegment dMoe;
        private final StepArena.Mark mark;

        private Backward(Activations saved, MemorySegment dMoe, StepArena.Mark mark) {
            this.saved = saved;
            this.dMoe = dMoe;
            this.mark = mark;
        }
    }

    /**
     * First half of a backward, down to the MoE layer's input. What other layers have to gather should start before the second half,
     * {@link #backwardAttention}, which starts this layer's reduction.
     *
     * @param d [T, D]: gradient of the output
     */
    public Backward backwardMoe(Forward forward, MemorySegment d, StepContext context, StepArena arena) {
        StepArena.Mark mark = arena.mark();
        timeline.phase(Phase.BACKWARD);
        MemorySegment dMoe = moe.backward(forward.activations.moe, d, context, arena);
        moe.experts().endBackward(context);
        return new Backward(forward.activations, dMoe, mark);
    }

    /**
     * @param d [T, D]: gradient of the output on entry, of the input on return
     */
    public void backwardAttention(
            Backward backward, MemorySegment d, Ragged rows, StepContext context, StepArena arena) {
        int tokens = rows.rows();
        Activations saved = backward.saved;
        if (context.isLastMicroBatch()) {
            moe.experts().beginReduce();
        }
        long begin = timeline.begin();
        moeNorm.backward(saved.moeNorm, backward.dMoe, d, tokens);
        begin = lap(Span.NORM, begin);
        MemorySegment dAttention = attention.backward(saved.attention, saved.attentionNorm.y(), d, rows, arena);
        begin = lap(Span.ATTENTION, begin);
        attentionNorm.backward(saved.attentionNorm, dAttention, d, tokens);
        lap(Span.NORM, begin);
        arena.release(backward.mark);
    }
}
