package io.witan.runtime.layer;

import io.witan.kernels.Kernels;
import io.witan.runtime.engine.LogitBlock;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Final norm, projection to the vocabulary and cross-entropy. Logits exist for a block of rows at a time
 * ({@link LogitBlock}).
 */
public final class LanguageModelHead {
    private final Kernels kernels;
    private final NormLayer norm;
    private final Parameter weight;
    private final List<Parameter> matrices;
    private final int width;
    private final int vocabulary;

    /** @param weight [V, D] */
    public LanguageModelHead(Kernels kernels, NormLayer norm, Parameter weight, int width, int vocabulary) {
        this(kernels, norm, weight, List.of(weight), width, vocabulary);
    }

    private LanguageModelHead(
            Kernels kernels, NormLayer norm, Parameter weight, List<Parameter> matrices, int width, int vocabulary) {
        this.matrices = matrices;
        this.kernels = kernels;
        this.norm = norm;
        this.weight = weight;
        this.width = width;
        this.vocabulary = vocabulary;
    }

    /**
     * Losses in nats.
     *
     * @param sum over all rows
     * @param ofRows [rows], 0 where a target is ignored; the kernels', in the arena
     */
    public record Losses(double sum, MemorySegment ofRows) {}

    /**
     * A head that projects with the embedding.
     *
     * @param embedding [V, D], whose gradient the embedding's backward adds to as well
     */
    public static LanguageModelHead tied(
            Kernels kernels, NormLayer norm, Parameter embedding, int width, int vocabulary) {
        return new LanguageModelHead(kernels, norm, embedding, List.of(), width, vocabulary);
    }

    /** The parameters that are matrices and nobody else's: their gradients are complete after {@link #lossAndGradient}. */
    public List<Parameter> matrices() {
        return matrices;
    }

    /**
     * Loss and all gradients of the head.
     *
     * @param x [rows, D]
     * @param targets [rows] int32, below 0: ignored
     * @param scale factor on the gradient: 1 / (targets of the whole step)
     * @param dx [rows, D], out: gradient of x
     */
    public Losses lossAndGradient(
            MemorySegment x, MemorySegment targets, float scale, MemorySegment dx, int rows, StepArena arena) {
        NormLayer.Saved normed = norm.forward(x, rows, arena);
        MemorySegment dNormed = arena.floats((long) rows * width);
        MemorySegment losses = arena.floats(rows);
        int block = LogitBlock.rows(vocabulary);
        MemorySegment logits = arena.floats((long) Math.min(block, rows) * vocabulary);
        for (int from = 0; from < rows; from += block) {
            int n = Math.min(block, rows - from);
            MemorySegment input = slice(normed.y(), from, width);
            kernels.linear().forward(input, weight.value(), logits, n, width, vocabulary, 0);
            kernels.crossEntropy()
                    .forwardBackward(logits, slice(targets, from, 1), slice(losses, from, 1), scale, n, vocabulary);
            kernels.linear()
                    .backwardInput(logits, weight.value(), slice(dNormed, from, width), n, width, vocabulary, 0);
            if (weight.isTrained()) {
                kernels.linear().backwardWeight(logits, input, weight.gradient(), n, width, vocabulary, 1);
            }
        }
        kernels.vector().zero(dx, (long) rows * width);
        norm.backward(normed, dNormed, dx, rows);
        return new Losses(kernels.vector().sum(losses, rows), losses);
    }

    /** Losses without gradients. */
    public Losses loss(MemorySegment x, MemorySegment targets, int rows, StepArena arena) {
        NormLayer.Saved normed = norm.forward(x, rows, arena);
        MemorySegment losses = arena.floats(rows);
        int block = LogitBlock.rows(vocabulary);
        MemorySegment logits = arena.floats((long) Math.min(block, rows) * vocabulary);
        for (int from = 0; from < rows; from += block) {
            int n = Math.min(block, rows - from);
            kernels.linear().forward(slice(normed.y(), from, width), weight.value(), logits, n, width, vocabulary, 0);
            kernels.crossEntropy().forward(logits, slice(targets, from, 1), slice(losses, from, 1), n, vocabulary);
        }
        return new Losses(kernels.vector().sum(losses, rows), losses);
    }

    /** Logits [V] of one row of x [.., D], in the arena. */
    public MemorySegment logits(MemorySegment x, int row, StepArena arena) {
        NormLayer.Saved normed = norm.forward(slice(x, row, width), 1, arena);
        MemorySegment logits = arena.floats(vocabulary);
        kernels.linear().forward(normed.y(), weight.value(), logits, 1, width, vocabulary, 0);
        return logits;
    }

    /** Logits [rows, V] of x [rows, D], in the arena. */
    public MemorySegment logitsOf(MemorySegment x, int rows, StepArena arena) {
        NormLayer.Saved normed = norm.forward(x, rows, arena);
        MemorySegment logits = arena.floats((long) rows * vocabulary);
        kernels.linear().forward(normed.y(), weight.value(), logits, rows, width, vocabulary, 0);
        return logits;
    }

    private static MemorySegment slice(MemorySegment rows, int from, int cols) {
        return rows.asSlice((long) from * cols * Float.BYTES);
    }
}
