package io.witan.runtime.layer;

import io.witan.runtime.engine.Pass;
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

/** x + Attention(norm(x)), then + MoE(norm(.)): one block of a pre-norm transformer whose FFN is a sparse MoE. */
public final class TransformerBlock {
    /** What a block keeps between forward and backward. */
    public enum Recompute {
        /** All activations. */
        NONE,
        /** The input only; backward runs forward again. */
        BLOCK
    }

    private final NormLayer attentionNorm;
    private final AttentionLayer attention;
    private final NormLayer moeNorm;
    private final MoeLayer moe;
    private final Geometry geometry;
    private final Timeline timeline;
    private final int layer;

    /** @param width model width D */
    public record Geometry(int width, Recompute recompute) {}

    /** Without a timeline. */
    public TransformerBlock(
            NormLayer attentionNorm, AttentionLayer attention, NormLayer moeNorm, MoeLayer moe, Geometry geometry) {
        this(attentionNorm, attention, moeNorm, moe, geometry, Timeline.OFF);
    }

    public TransformerBlock(
            NormLayer attentionNorm,
            AttentionLayer attention,
            NormLayer moeNorm,
            MoeLayer moe,
            Geometry geometry,
            Timeline timeline) {
        this.attentionNorm = attentionNorm;
        this.attention = attention;
        this.moeNorm = moeNorm;
        this.moe = moe;
        this.geometry = geometry;
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
            AttentionLayer.Saved attention,
            NormLayer.Saved moeNorm,
            MoeLayer.Saved moe) {}

    /** One forward of a block: its output [T, D] and what its backward needs. */
    public static final class Forward {
        private final MemorySegment input;
        private final MemorySegment output;
        private final Activations activations;

        private Forward(MemorySegment input, MemorySegment output, Activations activations) {
            this.input = input;
            this.output = output;
            this.activations = activations;
        }

        public MemorySegment output() {
            return output;
        }
    }

    /** @param x [sequences * positions, D], kept by reference until backward */
    public Forward forward(
            MemorySegment x, int sequences, int positions, Pass pass, StepContext context, StepArena arena) {
        MemorySegment out = arena.floats((long) sequences * positions * geometry.width);
        timeline.phase(pass == Pass.RECOMPUTE ? Phase.RECOMPUTE : Phase.FORWARD);
        boolean keep = pass == Pass.RECOMPUTE || (pass == Pass.TRAIN && geometry.recompute == Recompute.NONE);
        StepArena.Mark mark = arena.mark();
        Activations activations = run(x, out, sequences, positions, pass, context, arena);
        if (!keep) {
            arena.release(mark);
        }
        return new Forward(x, out, keep ? activations : null);
    }

    private Activations run(
            MemorySegment x,
            MemorySegment out,
            int sequences,
            int positions,
            Pass pass,
            StepContext context,
            StepArena arena) {
        int tokens = sequences * positions;
        moe.beginMaterialise();
        BeforeMoe before = beforeMoe(x, sequences, positions, arena);
        arena.copy(before.middle, out, (long) tokens * geometry.width * Float.BYTES);
        MoeLayer.Saved routed = moe.forward(before.moeNorm.y(), out, tokens, pass, context, arena);
        return new Activations(before.attentionNorm, before.attention, before.moeNorm, routed);
    }

    private record BeforeMoe(
            MemorySegment middle,
            NormLayer.Saved attentionNorm,
            AttentionLayer.Saved attention,
            NormLayer.Saved moeNorm) {}

    private BeforeMoe beforeMoe(MemorySegment x, int sequences, int positions, StepArena arena) {
        int tokens = sequences * positions;
        MemorySegment middle = arena.floats((long) tokens * geometry.width);
        arena.copy(x, middle, (long) tokens * geometry.width * Float.BYTES);
        long normBegin = timeline.begin();
        NormLayer.Saved normed = attentionNorm.forward(x, tokens, arena);
        timeline.end(Span.NORM, layer, Timeline.NONE, normBegin);
        long attentionBegin = timeline.begin();
        AttentionLayer.Saved attended = attention.forward(normed.y(), middle, sequences, positions, arena);
        timeline.end(Span.ATTENTION, layer, Timeline.NONE, attentionBegin);
        long moeNormBegin = timeline.begin();
        NormLayer.Saved moeNormed = moeNorm.forward(middle, tokens, arena);
        timeline.end(Span.NORM, layer, Timeline.NONE, moeNormBegin);
        return new BeforeMoe(middle, normed, attended, moeNormed);
    }

    /**
     * The part of a forward that needs no routed experts, alone, behind which a gather hides: attention and shared experts.
     *
     * @param x [sequences * positions, D]
     * @return the MoE layer's input [sequences * positions, D], in the arena
     */
    public MemorySegment forwardAttention(MemorySegment x, int sequences, int positions, StepArena arena) {
        BeforeMoe before = beforeMoe(x, sequences, positions, arena);
        moe.forwardShared(before.moeNorm.y(), before.middle, sequences * positions, arena);
        return before.moeNorm.y();
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
    public Backward backwardMoe(
            Forward forward, MemorySegment d, int sequences, int positions, StepContext context, StepArena arena) {
        StepArena.Mark mark = arena.mark();
        Forward full = forward.activations != null
                ? forward
                : forward(forward.input, sequences, positions, Pass.RECOMPUTE, context, arena);
        timeline.phase(Phase.BACKWARD);
        MemorySegment dMoe = moe.backward(full.activations.moe, d, context, arena);
        moe.experts().endBackward(context);
        return new Backward(full.activations, dMoe, mark);
    }

    /**
     * @param d [T, D]: gradient of the output on entry, of the input on return
     */
    public void backwardAttention(
            Backward backward, MemorySegment d, int sequences, int positions, StepContext context, StepArena arena) {
        int tokens = sequences * positions;
        Activations saved = backward.saved;
        if (context.isLastMicroBatch()) {
            moe.experts().beginReduce();
        }
        long moeNormBegin = timeline.begin();
        moeNorm.backward(saved.moeNorm, backward.dMoe, d, tokens);
        timeline.end(Span.NORM, layer, Timeline.NONE, moeNormBegin);
        long attentionBegin = timeline.begin();
        MemorySegment dAttention =
                attention.backward(saved.attention, saved.attentionNorm.y(), d, sequences, positions, arena);
        timeline.end(Span.ATTENTION, layer, Timeline.NONE, attentionBegin);
        long normBegin = timeline.begin();
        attentionNorm.backward(saved.attentionNorm, dAttention, d, tokens);
        timeline.end(Span.NORM, layer, Timeline.NONE, normBegin);
        arena.release(backward.mark);
    }
}
