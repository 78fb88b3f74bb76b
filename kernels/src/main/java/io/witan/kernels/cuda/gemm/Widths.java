package io.witan.kernels.cuda.gemm;

import io.witan.kernels.cuda.device.Precision;
import io.witan.kernels.operand.Operand;

/**
 * Widths of a linear layer, whose weight is [out, in].
 *
 * @param in of its input rows
 * @param out of its output rows
 */
public record Widths(int in, int out) {
    /** @throws IllegalArgumentException if one is negative */
    public Widths {
        Operand.size("linear in", in);
        Operand.size("linear out", out);
    }

    /** Elements of the weight. */
    public long weight() {
        return (long) in * out;
    }

    /** @throws IllegalArgumentException if products of bf16 can't have them */
    public void requireBf16() {
        require("in", in);
        require("out", out);
    }

    private static void require(String name, int width) {
        int multiple = Precision.BF16.widthMultiple();
        if (width % multiple != 0) {
            throw new IllegalArgumentException("linear " + name + " = " + width
                    + ": products of bf16 need multiples of " + multiple + "; " + Precision.FP32 + " takes any width");
        }
    }
}
