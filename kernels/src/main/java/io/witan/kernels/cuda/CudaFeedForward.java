package io.witan.kernels.cuda;

import io.witan.kernels.ElementFormat;
import io.witan.kernels.FeedForwardKernel;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.KernelCall;
import io.witan.kernels.cuda.gemm.Bf16Cast;
import io.witan.kernels.cuda.gemm.GroupedGemm;
import io.witan.kernels.cuda.gemm.Widths;
import io.witan.kernels.feedforward.ExpertMatrices;
import io.witan.kernels.feedforward.FeedForwardOperands;
import io.witan.kernels.feedforward.Parts;
import io.witan.kernels.feedforward.SavedHidden;
import java.lang.foreign.MemorySegment;

/**
 * Products of bf16 with sums of fp32; the activation and its derivatives are taken of the sums in the same launch, and all that lies
 * between products is bf16. On the way back w1 and w3 of SwiGLU are one matrix [2 F, D], so that dx is one sum, rounded once.
 */
final class CudaFeedForward implements FeedForwardKernel {
    private static final int THREADS = 256;

    /** Elements of a block of the GELU's derivative (feed_forward.cu). */
    private static final int SPAN = 4096;

    private final FeedForwardOperands operands = new FeedForwardOperands(this);
    private final GroupedGemm gemm;
    private final Bf16Cast cast;
    private final KernelCall geluBackward;
    private final KernelCall swigluBackward;

    CudaFeedForward(Device device, GroupedGemm gemm) {
        this.gemm = gemm;
        cast = new Bf16Cast(device);
        geluBackward = device.kernel("feed_forward", "feed_forward_gelu_backward");
        swigluBackward = device.kernel("feed_forward", "feed_forward_swiglu_backward");
    }

    @Override
    public ElementFormat format() {
        return ElementFormat.BF16;
    }

    @Override
    public void prepare(MemorySegment fp32, MemorySegment weights, long count) {
        cast.toBf16(fp32, weights, count);
    }

    /** Of the products from x, each of them alone. */
    private static Widths first(Shape shape) {
        return new Widths(shape.width(), shape.hidden());
    }

    /** Of all products from x as one. */
    private static Widths inner(Shape shape) {
        return new Widths(shape.width(), Math.multiplyExact(shape.activation().matrices() - 1, shape.hidden()));
    }

    private static Widths outer(Shape shape) {
        return new Widths(shape.hidden(), shape.width());
    }

    @Override
    public long savedBytes(Shape shape) {
        first(shape).requireBf16();
        return SavedHidden.bytes(shape, format());
    }

    /** The gradient of h, and for SwiGLU those of both products from x. */
    @Override
    public long backwardBytes(Shape shape) {
        return Parts.bytes(SavedHidden.partBytes(shape, format()))
                * (shape.activation().isGated() ? 3 : 1);
    }

    @Override
    public void forward(MemorySegment x, MemorySegment[] weights, MemorySegment y, MemorySegment saved, Shape shape) {
        operands.forward(x, weights, y, saved, shape);
        int[] offsets = shape.offsets();
        ExpertMatrices w = new ExpertMatrices(weights, shape, format());
        SavedHidden to = SavedHidden.in(saved, shape, format());
        if (shape.activation().isGated()) {
            GroupedGemm.Swiglu result = new GroupedGemm.Swiglu(to.h(), to.slope(), to.upSlope());
            gemm.swiglu(x, offsets, new GroupedGemm.SwigluWeights(w.first(), w.second()), result, first(shape));
        } else {
            gemm.gelu(x, offsets, w.first(), new GroupedGemm.Gelu(to.h(), to.slope()), first(shape));
        }
        gemm.forwardBf16(to.h(), offsets, w.outer(), y, outer(shape));
    }

    /** The launches of forward; the derivatives are not used. */
    @Override
    public void evaluate(
            MemorySegment x, MemorySegment[] weights, MemorySegment y, MemorySegment scratch, Shape shape) {
        forward(x, weights, y, scratch, shape);
    }

    @Override
    public void backwardInput(Gradient gradient, MemorySegment[] weights, MemorySegment kept, Shape shape) {
        operands.backwardInput(gradient, weights, kept, shape);
        ExpertMatrices w = new ExpertMatrices(weights, shape, format());
        SavedHidden from = SavedHidden.in(gradient.saved(), shape, format());
        MemorySegment dHidden = new Parts(kept).next(SavedHidden.partBytes(shape, format()));
        gemm.backwardInputBf16(gradient.dy(), shape.offsets(), w.outer(), dHidden, outer(shape));
        MemorySegment dInner = dInner(kept, shape);
        if (shape.activation().isGated()) {
            swigluBackward(dHidden, from, dInner, shape);
        } else {
            geluBackward(dHidden, from, shape);
        }
        gemm.backwardInputBf16(dInner, shape.offsets(), w.inner(), gradient.dx(), inner(shape));
    }

    @Override
    public void backwardWeight(
            Gradient gradient, MemorySegment[] dWeights, float beta, MemorySegment kept, Shape shape) {
        operands.backwardWeight(gradient, dWeights, kept, shape);
        ExpertMatrices dw = FeedForwardOperands.gradients(dWeights, shape);
        MemorySegment h = SavedHidden.in(gradient.saved(), shape, format()).h();
        gemm.backwardWeight(gradient.dy(), shape.offsets(), h, dw.outer(), outer(shape), beta);
        gemm.backwardWeight(dInner(kept, shape), shape.offsets(), gradient.x(), dw.inner(), inner(shape), beta);
    }

    /** Gradients of all products from x, which for GELU take the place of that of h. */
    private MemorySegment dInner(MemorySegment kept, Shape shape) {
        long bytes = SavedHidden.partBytes(shape, format());
        Parts parts = new Parts(kept);
        MemorySegment dHidden = parts.next(bytes);
        return shape.activation().isGated() ? parts.next(2 * bytes) : dHidden;
    }

    private void geluBackward(MemorySegment d, SavedHidden from, Shape shape) {
        long count = shape.hiddenElements();
        geluBackward.with(d).with(from.slope()).with(count).launch((count + SPAN - 1) / SPAN, THREADS);
    }

    private void swigluBackward(MemorySegment d, SavedHidden from, MemorySegment dInner, Shape shape) {
        swigluBackward
                .with(d)
                .with(from.slope())
                .with(from.upSlope())
                .with(dInner)
                .with(shape.rows())
                .with(shape.hidden())
                .launch(CudaExpertRows.blocks(shape.rows(), shape.hidden()), THREADS);
    }
}
