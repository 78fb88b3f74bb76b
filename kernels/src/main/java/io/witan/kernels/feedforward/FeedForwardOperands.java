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
        Operand.in("feedForward x", x, rows(shape));
        Operand.out("feedForward y", y, rows(shape));
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

    /** Those of the gradients of rows. */
    public void backwardInput(Gradient gradient, MemorySegment[] weights, MemorySegment kept, Shape shape) {
        backward(gradient, shape);
        Operand.out("feedForward dx", gradient.dx(), rows(shape));
        Operand.out("feedForward scratch", kept, kernel.backwardBytes(shape) / Float.BYTES);
        weights(weights, shape);
    }

    /** Those of the gradients of weights. */
    public void backwardWeight(Gradient gradient, MemorySegment[] dWeights, MemorySegment kept, Shape shape) {
        backward(gradient, shape);
        Operand.in("feedForward x", gradient.x(), rows(shape));
        Operand.in("feedForward scratch", kept, kernel.backwardBytes(shape) / Float.BYTES);
        Groups.rows(shape.offsets(), dWeights.length);
        Groups.out("feedForward dWeights", shape.offsets(), dWeights, shape.expert());
    }

    private void backward(Gradient gradient, Shape shape) {
        Operand.in("feedForward dy", gradient.dy(), rows(shape));
        Operand.in("feedForward saved", gradient.saved(), kernel.savedBytes(shape) / Float.BYTES);
    }

    /** Words of all rows, [rows, D]. */
    private long rows(Shape shape) {
        return kernel.format().words((long) shape.rows() * shape.width());
    }

    /** Gradients of weights are fp32 whatever the format is. */
    public static ExpertMatrices gradients(MemorySegment[] dWeights, Shape shape) {
        return new ExpertMatrices(dWeights, shape, ElementFormat.FP32);
    }
}
