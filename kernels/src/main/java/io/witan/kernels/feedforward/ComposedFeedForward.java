package io.witan.kernels.feedforward;

import io.witan.kernels.ActivationKernel;
import io.witan.kernels.ElementFormat;
import io.witan.kernels.FeedForwardKernel;
import io.witan.kernels.GroupedLinearKernel;
import io.witan.kernels.KernelMemory;
import io.witan.kernels.VectorKernel;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

/**
 * Grouped products and activations of one back end, one after the other, in fp32. Forward saves the derivatives of h by its inputs
 * (one for GELU, two for SwiGLU) and h.
 *
 * @param memory of the back end; so are the others
 */
public record ComposedFeedForward(
        KernelMemory memory, GroupedLinearKernel linear, ActivationKernel activation, VectorKernel vector)
        implements FeedForwardKernel {
    @Override
    public ElementFormat format() {
        return ElementFormat.FP32;
    }

    @Override
    public void prepare(MemorySegment fp32, MemorySegment weights, long count) {
        Operand.in("prepare fp32", fp32, count);
        if (fp32.address() != weights.address()) {
            Operand.out("prepare weights", weights, count);
            memory.copy(fp32, weights, format().bytes(count));
        }
    }

    private long hiddenBytes(Shape shape) {
        return format().bytes(hiddenCount(shape));
    }

    private static long hiddenCount(Shape shape) {
        return (long) shape.rows() * shape.hidden();
    }

    /** h and a derivative for each matrix that multiplies x. */
    @Override
    public long savedBytes(Shape shape) {
        return Parts.bytes(hiddenBytes(shape)) * shape.activation().matrices();
    }

    @Override
    public long backwardBytes(Shape shape) {
        return Parts.bytes(hiddenBytes(shape)) * (shape.activation().matrices() - 1);
    }

    /** What forward leaves, each [rows, F]; up is null for GELU. Before the activation, slopes are its inputs. */
    private record Saved(MemorySegment h, MemorySegment gate, MemorySegment up) {}

    private Saved saved(MemorySegment buffer, Shape shape) {
        Parts parts = new Parts(buffer);
        long bytes = hiddenBytes(shape);
        return new Saved(parts.next(bytes), parts.next(bytes), gated(shape) ? parts.next(bytes) : null);
    }

    private static boolean gated(Shape shape) {
        return shape.activation() == Activation.SWIGLU;
    }

    private ExpertMatrices matrices(MemorySegment[] weights, Shape shape) {
        return new ExpertMatrices(weights, shape, format());
    }

    @Override
    public void forward(MemorySegment x, MemorySegment[] weights, MemorySegment y, MemorySegment saved, Shape shape) {
        Saved s = multiply(x, weights, y, saved, shape);
        if (s.up == null) {
            activation.geluWithSlope(s.gate, s.h, hiddenCount(shape));
        } else {
            activation.swigluWithSlopes(s.gate, s.up, s.h, hiddenCount(shape));
        }
        finish(s, weights, y, shape);
    }

    /** The products that h is made of. */
    private Saved multiply(
            MemorySegment x, MemorySegment[] weights, MemorySegment y, MemorySegment saved, Shape shape) {
        new FeedForwardOperands(this).forward(x, weights, y, saved, shape);
        ExpertMatrices matrices = matrices(weights, shape);
        Saved to = saved(saved, shape);
        linear.forward(x, shape.offsets(), matrices.first(), to.gate, shape.width(), shape.hidden());
        if (to.up != null) {
            linear.forward(x, shape.offsets(), matrices.second(), to.up, shape.width(), shape.hidden());
        }
        return to;
    }

    private void finish(Saved s, MemorySegment[] weights, MemorySegment y, Shape shape) {
        MemorySegment[] w2 = matrices(weights, shape).outer();
        linear.forward(s.h, shape.offsets(), w2, y, shape.hidden(), shape.width());
    }

    @Override
    public void evaluate(
            MemorySegment x, MemorySegment[] weights, MemorySegment y, MemorySegment scratch, Shape shape) {
        Saved s = multiply(x, weights, y, scratch, shape);
        if (s.up == null) {
            activation.gelu(s.gate, s.h, hiddenCount(shape));
        } else {
            activation.swiglu(s.gate, s.up, s.h, hiddenCount(shape));
        }
        finish(s, weights, y, shape);
    }

    @Override
    public void backward(
            Gradient gradient,
            MemorySegment[] weights,
            MemorySegment[] dWeights,
            float beta,
            MemorySegment scratch,
            Shape shape) {
        new FeedForwardOperands(this).backward(gradient, weights, dWeights, scratch, shape);
        int[] offsets = shape.offsets();
        int width = shape.width();
        int hidden = shape.hidden();
        long count = hiddenCount(shape);
        ExpertMatrices w = matrices(weights, shape);
        ExpertMatrices dw = FeedForwardOperands.gradients(dWeights, shape);
        Saved from = saved(gradient.saved(), shape);
        Parts parts = new Parts(scratch);
        MemorySegment dHidden = parts.next(hiddenBytes(shape));
        linear.backwardInput(gradient.dy(), offsets, w.outer(), dHidden, hidden, width, 0);
        linear.backwardWeight(gradient.dy(), offsets, from.h, dw.outer(), hidden, width, beta);
        MemorySegment dGate = from.up == null ? dHidden : parts.next(hiddenBytes(shape));
        vector.multiply(dHidden, from.gate, dGate, count);
        linear.backwardInput(dGate, offsets, w.first(), gradient.dx(), width, hidden, 0);
        linear.backwardWeight(dGate, offsets, gradient.x(), dw.first(), width, hidden, beta);
        if (from.up != null) {
            vector.multiply(dHidden, from.up, dHidden, count);
            linear.backwardInput(dHidden, offsets, w.second(), gradient.dx(), width, hidden, 1);
            linear.backwardWeight(dHidden, offsets, gradient.x(), dw.second(), width, hidden, beta);
        }
    }
}
