package io.witan.kernels;

import io.witan.kernels.operand.Groups;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

/**
 * The experts' feed-forward network, all experts in one call: y = h w2^T with h = gelu(x w1^T), or h = silu(x w1^T) * (x w3^T). Rows
 * are sorted by expert as in {@link GroupedLinearKernel}.
 *
 * <p>Rows and weights are in the back end's {@link #format}, gradients of weights in fp32. The matrices of an expert, and their
 * gradients, lie one behind the other in one segment: w1 [F, D], for SwiGLU w3 [F, D], w2 [D, F].
 *
 * <p>Where the format is BF16, D and F are multiples of 8, and all segments, saved and scratch too, begin at multiples of 16 bytes;
 * where it is FP32, of 4 bytes. What {@link KernelMemory#allocate} gives does. What a call writes (y, saved, dx, each of dWeights,
 * scratch) overlaps with no other operand: that is not checked.
 *
 * <p>Operations throw {@link IllegalArgumentException} if an operand that is needed is null, on the heap, too small for the shape or
 * read-only though it would be written, if there are not as many weights as experts, or if widths or addresses are not as above;
 * {@link IllegalStateException} if an operand was freed or belongs to another thread; {@link KernelException} if the back end fails.
 * What they write is undefined then.
 */
public interface FeedForwardKernel {
    /** Non-linearity of an expert. */
    enum Activation {
        /** W2 gelu(W1 x): two matrices. */
        GELU(2),
        /** W2 (silu(W1 x) * W3 x): three matrices. */
        SWIGLU(3);

        private final int matrices;

        Activation(int matrices) {
            this.matrices = matrices;
        }

        /** Matrices of an expert, each of D times F elements. */
        public int matrices() {
            return matrices;
        }

        /** True if two products of x make h. */
        public boolean isGated() {
            return this == SWIGLU;
        }
    }

    /**
     * Expert e has rows offsets[e] to offsets[e + 1] - 1.
     *
     * @param offsets one more than experts, non-decreasing, the first 0; kept by reference
     * @param width D
     * @param hidden F
     */
    record Shape(int[] offsets, int width, int hidden, Activation activation) {
        /** @throws IllegalArgumentException if offsets are not as above or a width is negative */
        public Shape {
            Groups.rows(offsets, Math.max(0, offsets.length - 1));
            Operand.size("feedForward width", width);
            Operand.size("feedForward hidden", hidden);
        }

        public int experts() {
            return offsets.length - 1;
        }

        /** Rows of all experts. */
        public int rows() {
            return offsets[offsets.length - 1];
        }

        /** Elements of h, [rows, F]. */
        public long hiddenElements() {
            return (long) rows() * hidden;
        }

        /** Elements of one matrix. */
        public long matrix() {
            return (long) width * hidden;
        }

        /** Elements of an expert's matrices together. */
        public long expert() {
            return matrix() * activation.matrices();
        }
    }

    /** Of rows and weights. */
    ElementFormat format();

    /**
     * weights = fp32 in {@link #format}.
     *
     * @param weights where the format is FP32 it may be {@code fp32}, and nothing happens then
     * @param count of elements
     */
    void prepare(MemorySegment fp32, MemorySegment weights, long count);

    /**
     * Bytes that forward leaves for backward, beside x.
     *
     * @throws IllegalArgumentException if the format can't have these widths
     */
    long savedBytes(Shape shape);

    /** Bytes that backward works in, and that {@link #backwardInput} leaves for {@link #backwardWeight}. */
    long backwardBytes(Shape shape);

    /**
     * @param x [rows, D]
     * @param weights one segment an expert; those of experts without rows may be null
     * @param y [rows, D], out
     * @param saved {@link #savedBytes}, out
     */
    void forward(MemorySegment x, MemorySegment[] weights, MemorySegment y, MemorySegment saved, Shape shape);

    /**
     * As {@link #forward}, with no backward to come.
     *
     * @param scratch {@link #savedBytes}, undefined after
     */
    void evaluate(MemorySegment x, MemorySegment[] weights, MemorySegment y, MemorySegment scratch, Shape shape);

    /**
     * The gradients of rows, and then those of weights.
     *
     * @param scratch {@link #backwardBytes}, undefined after
     */
    default void backward(
            Gradient gradient,
            MemorySegment[] weights,
            MemorySegment[] dWeights,
            float beta,
            MemorySegment scratch,
            Shape shape) {
        backwardInput(gradient, weights, scratch, shape);
        backwardWeight(gradient, dWeights, beta, scratch, shape);
    }

    /**
     * Overwrites dx.
     *
     * @param weights the contents that forward saw
     * @param kept {@link #backwardBytes}, out
     */
    void backwardInput(Gradient gradient, MemorySegment[] weights, MemorySegment kept, Shape shape);

    /**
     * dWeights become the gradients + beta times what they held, those of experts without rows too unless they are null.
     *
     * @param gradient as in {@link #backwardInput}, x, saved and dy unchanged; dx is not looked at
     * @param dWeights one segment an expert, fp32
     * @param beta 0 overwrites
     * @param kept what {@link #backwardInput} left there
     */
    void backwardWeight(Gradient gradient, MemorySegment[] dWeights, float beta, MemorySegment kept, Shape shape);

    /** Operands of {@link #backward}, each [rows, D] but saved: x and saved are those of forward, dy is read, dx written. */
    record Gradient(MemorySegment x, MemorySegment saved, MemorySegment dy, MemorySegment dx) {}
}
