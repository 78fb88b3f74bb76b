package io.witan.runtime.layer;

import io.witan.kernels.Kernels;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;

/** A class for each row, of which a sequence usually has one: softmax(x W^T + b), with the cross-entropy of the logits. */
public final class ClassificationHead {
    private final Kernels kernels;
    private final LinearLayer projection;
    private final int classes;

    /**
     * @param weight [C, D]
     * @param bias [C], null for none
     */
    public ClassificationHead(Kernels kernels, Parameter weight, Parameter bias, int width, int classes) {
        this.kernels = kernels;
        this.projection = new LinearLayer(kernels, weight, bias, width, classes);
        this.classes = classes;
    }

    /** Logits [rows, C] of x [rows, D], in the arena. */
    public MemorySegment logits(MemorySegment x, int rows, StepArena arena) {
        return projection.forward(x, rows, arena);
    }

    /**
     * Losses in nats and all gradients of the head.
     *
     * @param x [rows, D]
     * @param targets [rows] classes, below 0: ignored
     * @param scale factor on the gradient: 1 / (targets of the whole step)
     * @param dx [rows, D], out: gradient of x
     */
    public LanguageModelHead.Losses lossAndGradient(
            MemorySegment x, int[] targets, float scale, MemorySegment dx, StepArena arena) {
        int rows = targets.length;
        MemorySegment losses = arena.floats(rows);
        MemorySegment logits = logits(x, rows, arena);
        kernels.crossEntropy().forwardBackward(logits, SelectedRows.ints(targets, arena), losses, scale, rows, classes);
        projection.backwardInput(logits, dx, rows, 0);
        projection.backwardWeight(logits, x, rows, arena);
        return new LanguageModelHead.Losses(kernels.vector().sum(losses, rows), losses);
    }

    /** Losses without gradients. */
    public LanguageModelHead.Losses loss(MemorySegment x, int[] targets, StepArena arena) {
        int rows = targets.length;
        MemorySegment losses = arena.floats(rows);
        kernels.crossEntropy()
                .forward(logits(x, rows, arena), SelectedRows.ints(targets, arena), losses, rows, classes);
        return new LanguageModelHead.Losses(kernels.vector().sum(losses, rows), losses);
    }
}
