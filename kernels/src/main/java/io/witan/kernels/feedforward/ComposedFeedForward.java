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

    /** h and a derivative for each matrix that multiplies x. */
    @Override
    public long savedBytes(Shape shape) {
        return SavedHidden.bytes(shape, format());
    }

    @Override
    public long backwardBytes(Shape shape) {
        return Parts.bytes(SavedHidden.partBytes(shape, format()))
                * (shape.activation().matrices() - 1);
    }

    private ExpertMatrices matrices(MemorySegment[] weights, Shape shape) {
        return new ExpertMatrices(weights, shape, format());
    }

    @Override
    public void forward(MemorySegment x, MemorySegment[] weights, MemorySegment y, MemorySegment saved, Shape shape) {
        SavedHidden s = multiply(x, weights, y, saved, shape);
        if (s.upSlope() == null) {
            activation.geluWithSlope(s.slope(), s.h(), shape.hiddenElements());
        } else {
            activation.swigluWithSlopes(s.slope(), s.upSlope(), s.h(), shape.hiddenElements());
        }
        finish(s, weights, y, shape);
    }

    /** The products that h is made of, where their slopes will be. */
    private SavedHidden multiply(
            MemorySegment x, MemorySegment[] weights, MemorySegment y, MemorySegment saved, Shape shape) {
        new FeedForwardOperands(this).forward(x, weights, y, saved, shape);
        ExpertMatrices matrices = matrices(weights, shape);
        SavedHidden to = SavedHidden.in(saved, shape, format());
        linear.forward(x, shape.offsets(), matrices.first(), to.slope(), shape.width(), shape.hidden());
        if (to.upSlope() != null) {
            linear.forward(x, shape.offsets(), matrices.second(), to.upSlope(), shape.width(), shape.hidden());
        }
        return to;
    }

    private void finish(SavedHidden s, MemorySegment[] weights, MemorySegment y, Shape shape) {
        MemorySegment[] w2 = matrices(weights, shape).outer();
        linear.forward(s.h(), shape.offsets(), w2, y, shape.hidden(), shape.width());
    }

    @Override
    public void evaluate(
            MemorySegment x, MemorySegment[] weights, MemorySegment y, MemorySegment scratch, Shape shape) {
        SavedHidden s = multiply(x, weights, y, scratch, shape);
        if (s.upSlope() == null) {
            activation.gelu(s.slope(), s.h(), shape.hiddenElements());
        } else {
            activation.swiglu(s.slope(), s.upSlope(), s.h(), shape.hiddenElements());
        }
        finish(s, weights, y, shape);
    }

    @Override
    public void backwardInput(Gradient gradient, MemorySegment[] weights, MemorySegment kept, Shape shape) {
        new FeedForwardOperands(this).backwardInput(gradient, weights, kept, shape);
        int[] offsets = shape.offsets();
        int width = shape.width();
        int hidden = shape.hidden();
        long count = shape.hiddenElements();
        ExpertMatrices w = matrices(weights, shape);
        SavedHidden from = SavedHidden.in(gradient.saved(), shape, format());
        Products of = products(kept, shape);
        linear.backwardInput(gradient.dy(), offsets, w.outer(), of.dFirst(), hidden, width, 0);
        if (of.dSecond() != null) {
            vector.multiply(of.dFirst(), from.upSlope(), of.dSecond(), count);
        }
        vector.multiply(of.dFirst(), from.slope(), of.dFirst(), count);
        linear.backwardInput(of.dFirst(), offsets, w.first(), gradient.dx(), width, hidden, 0);
        if (of.dSecond() != null) {
            linear.backwardInput(of.dSecond(), offsets, w.second(), gradient.dx(), width, hidden, 1);
        }
    }

    @Override
    public void backwardWeight(
            Gradient gradient, MemorySegment[] dWeights, float beta, MemorySegment kept, Shape shape) {
        new FeedForwardOperands(this).backwardWeight(gradient, dWeights, kept, shape);
        int[] offsets = shape.offsets();
        int width = shape.width();
        int hidden = shape.hidden();
        ExpertMatrices dw = FeedForwardOperands.gradients(dWeights, shape);
        MemorySegment h = SavedHidden.in(gradient.saved(), shape, format()).h();
        Products of = products(kept, shape);
        linear.backwardWeight(gradient.dy(), offsets, h, dw.outer(), hidden, width, beta);
        linear.backwardWeight(of.dFirst(), offsets, gradient.x(), dw.first(), width, hidden, beta);
        if (of.dSecond() != null) {
            linear.backwardWeight(of.dSecond(), offsets, gradient.x(), dw.second(), width, hidden, beta);
        }
    }

    /**
     * Gradients of the products from x, [rows, F].
     *
     * @param dSecond null if there is none
     */
    private record Products(MemorySegment dFirst, MemorySegment dSecond) {}

    private Products products(MemorySegment kept, Shape shape) {
        long bytes = SavedHidden.partBytes(shape, format());
        Parts parts = new Parts(kept);
        return new Products(parts.next(bytes), shape.activation().isGated() ? parts.next(bytes) : null);
    }
}
