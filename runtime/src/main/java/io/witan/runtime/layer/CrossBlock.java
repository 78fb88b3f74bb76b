package io.witan.runtime.layer;

import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.Ragged;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;

/**
 * x + SelfAttention(norm(x)), then + CrossAttention(norm(.), memory), then + FFN(norm(.)): one block of a pre-norm decoder that reads what an
 * encoder made of the same sequences.
 */
public final class CrossBlock {
    private final Parts parts;
    private final int width;

    /** The layers in forward order. */
    public record Parts(
            NormLayer selfNorm,
            RaggedSelfAttention self,
            NormLayer crossNorm,
            CrossAttention cross,
            NormLayer feedForwardNorm,
            FeedForwardLayer feedForward) {}

    /** @param width model width D */
    public CrossBlock(Parts parts, int width) {
        this.parts = parts;
        this.width = width;
    }

    /** Its parameters that are matrices. */
    public List<Parameter> matrices() {
        return Stream.of(parts.self.matrices(), parts.cross.matrices(), parts.feedForward.matrices())
                .flatMap(List::stream)
                .toList();
    }

    private record Activations(
            NormLayer.Saved selfNorm,
            RaggedSelfAttention.Saved self,
            NormLayer.Saved crossNorm,
            CrossAttention.Saved cross,
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

    /** @param x [T, D], kept by reference until backward, as is the memory */
    public Forward forward(MemorySegment x, CrossAttention.Memory memory, Ragged rows, Pass pass, StepArena arena) {
        MemorySegment out = arena.floats((long) rows.rows() * width);
        StepArena.Mark mark = arena.mark();
        Activations activations = run(x, memory, out, rows, pass, arena);
        if (pass == Pass.EVALUATE) {
            arena.release(mark);
        }
        return new Forward(out, pass == Pass.EVALUATE ? null : activations);
    }

    private Activations run(
            MemorySegment x, CrossAttention.Memory memory, MemorySegment out, Ragged rows, Pass pass, StepArena arena) {
        int tokens = rows.rows();
        MemorySegment first = copy(x, tokens, arena);
        NormLayer.Saved selfNorm = parts.selfNorm.forward(x, tokens, arena);
        RaggedSelfAttention.Saved self = parts.self.forward(selfNorm.y(), first, rows, arena);
        MemorySegment second = copy(first, tokens, arena);
        NormLayer.Saved crossNorm = parts.crossNorm.forward(first, tokens, arena);
        CrossAttention.Saved cross = parts.cross.forward(crossNorm.y(), memory, second, rows, arena);
        NormLayer.Saved last = parts.feedForwardNorm.forward(second, tokens, arena);
        arena.copy(second, out, (long) tokens * width * Float.BYTES);
        FeedForwardLayer.Saved passed = parts.feedForward.forward(last.y(), out, tokens, pass, arena);
        return new Activations(selfNorm, self, crossNorm, cross, last, passed);
    }

    private MemorySegment copy(MemorySegment x, int tokens, StepArena arena) {
        MemorySegment copy = arena.floats((long) tokens * width);
        arena.copy(x, copy, (long) tokens * width * Float.BYTES);
        return copy;
    }

    /**
     * @param d [T, D]: gradient of the output on entry, of the input on return
     * @param dMemory [T', D], adds the gradient of the memory
     */
    public void backward(Forward forward, MemorySegment d, MemorySegment dMemory, Ragged rows, StepArena arena) {
        StepArena.Mark mark = arena.mark();
        int tokens = rows.rows();
        Activations saved = forward.activations;
        MemorySegment dNormed = arena.floats((long) tokens * width);
        parts.feedForward.backward(saved.feedForward, saved.feedForwardNorm.y(), d, dNormed, tokens, arena);
        parts.feedForwardNorm.backward(saved.feedForwardNorm, dNormed, d, tokens);
        MemorySegment dCross = parts.cross.backward(saved.cross, d, dMemory, rows, arena);
        parts.crossNorm.backward(saved.crossNorm, dCross, d, tokens);
        MemorySegment dSelf = parts.self.backward(saved.self, saved.selfNorm.y(), d, rows, arena);
        parts.selfNorm.backward(saved.selfNorm, dSelf, d, tokens);
        arena.release(mark);
    }
}
