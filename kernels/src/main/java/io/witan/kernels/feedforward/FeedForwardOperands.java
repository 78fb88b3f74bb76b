package io.witan.kernels.feedforward;

import io.witan.kernels.ElementFormat;
import io.witan.kernels.FeedForwardKernel;
import io.witan.kernels.FeedForwardKernel.Gradient;
import io.witan.kernels.FeedForwardKernel.Shape;
import io.witan.kernels.operand.Groups;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

/**
 * Checks of what callers pass to a {@link FeedForwardKernel}.
 *
 * @param kernel which asks
 */
public record FeedForwardOperands(FeedForwardKernel kernel) {
    /** Those of forward and evaluate. */
    public void forward(MemorySegment x, MemorySegment[] weights, MemorySegment y, MemorySegment saved, Shape shape) {
        long rows = kernel.format().words((long) shape.rows() * shape.width());
        Operand.in("feedForward x", x, rows);
        Operand.out("feedForward y", y, rows);
        Operand.out("feedForward saved", saved, kernel.savedBytes(shape) / Float.BYTES);
        weights(weights, shape);
    }

    private void weights(MemorySegment[] weights, Shape shape) {
        Groups.rows(shape.offsets(), weights.length);
        for (int e = 0; e < weights.length; e++) {
            if (weights[e] != null || shape.offsets()[e + 1] > shape.offsets()[e]) {
                Operand.in(
                        "feedForward weights of expert " + e,
                        weights[e],
                        kernel.format().words(shape.expert()));
            }
        }
    }

    /** Those of backward. */
    public void backward(
            Gradient gradient, MemorySegment[] weights, MemorySegment[] dWeights, MemorySegment scratch, Shape shape) {
        long rows = kernel.format().words((long) shape.rows() * shape.width());
        Operand.in("feedForward x", gradient.x(), rows);
        Operand.in("feedForward dy", gradient.dy(), rows);
        Operand.out("feedForward dx", gradient.dx(), rows);
        Operand.in("feedForward saved", gradient.saved(), kernel.savedBytes(shape) / Float.BYTES);
        Operand.out("feedForward scratch", scratch, kernel.backwardBytes(shape) / Float.BYTES);
        weights(weights, shape);
        Groups.rows(shape.offsets(), dWeights.length);
        Groups.out("feedForward dWeights", shape.offsets(), dWeights, shape.expert());
    }

    /** Gradients of weights are fp32 whatever the format is. */
    public static ExpertMatrices gradients(MemorySegment[] dWeights, Shape shape) {
        return new ExpertMatrices(dWeights, shape, ElementFormat.FP32);
    }
}
