package io.witan.kernels.cuda.gemm;

import io.witan.kernels.operand.Groups;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

/** Checks operands for whatever multiplies them, and has it multiply nothing where the result has no elements. */
final class CheckedGemm implements GroupedGemm {
    private static final long ALIGNMENT = 16;

    private final GroupedGemm gemm;

    /** @param gemm which may trust its operands, and is called for results that have elements only */
    CheckedGemm(GroupedGemm gemm) {
        this.gemm = gemm;
    }

    @Override
    public void forward(MemorySegment x, int[] offsets, MemorySegment[] w, MemorySegment y, Widths widths, float beta) {
        int rows = weights(offsets, w, widths);
        in("x", x, rows, widths.in());
        fp32("y", y, rows, widths.out());
        if (rows > 0 && widths.out() > 0) {
            gemm.forward(x, offsets, w, y, widths, beta);
        }
    }

    @Override
    public void forwardBf16(MemorySegment x, int[] offsets, MemorySegment[] w, MemorySegment y, Widths widths) {
        int rows = weights(offsets, w, widths);
        in("x", x, rows, widths.in());
        bf16("y", y, rows, widths.out());
        if (rows > 0 && widths.out() > 0) {
            gemm.forwardBf16(x, offsets, w, y, widths);
        }
    }

    @Override
    public void backwardInput(
            MemorySegment dy, int[] offsets, MemorySegment[] w, MemorySegment dx, Widths widths, float beta) {
        int rows = weights(offsets, w, widths);
        in("dy", dy, rows, widths.out());
        fp32("dx", dx, rows, widths.in());
        if (rows > 0 && widths.in() > 0) {
            gemm.backwardInput(dy, offsets, w, dx, widths, beta);
        }
    }

    @Override
    public void backwardInputBf16(MemorySegment dy, int[] offsets, MemorySegment[] w, MemorySegment dx, Widths widths) {
        int rows = weights(offsets, w, widths);
        in("dy", dy, rows, widths.out());
        bf16("dx", dx, rows, widths.in());
        if (rows > 0 && widths.in() > 0) {
            gemm.backwardInputBf16(dy, offsets, w, dx, widths);
        }
    }

    @Override
    public void backwardWeight(
            MemorySegment dy, int[] offsets, MemorySegment x, MemorySegment[] dw, Widths widths, float beta) {
        widths.requireBf16();
        int rows = Groups.rows(offsets, dw.length);
        in("dy", dy, rows, widths.out());
        in("x", x, rows, widths.in());
        Groups.out("groupedGemm dw", offsets, dw, widths.weight());
        aligned("dw", dw);
        if (widths.weight() > 0) {
            gemm.backwardWeight(dy, offsets, x, dw, widths, beta);
        }
    }

    @Override
    public void gelu(MemorySegment x, int[] offsets, MemorySegment[] w, Gelu result, Widths widths) {
        int rows = weights(offsets, w, widths);
        in("x", x, rows, widths.in());
        bf16("y", result.y(), rows, widths.out());
        bf16("slope", result.slope(), rows, widths.out());
        if (rows > 0 && widths.out() > 0) {
            gemm.gelu(x, offsets, w, result, widths);
        }
    }

    @Override
    public void swiglu(MemorySegment x, int[] offsets, SwigluWeights weights, Swiglu result, Widths widths) {
        if (weights.up().length != weights.gate().length) {
            throw new IllegalArgumentException("groupedGemm: " + weights.up().length + " up weights for "
                    + weights.gate().length + " gate weights");
        }
        int rows = weights(offsets, weights.gate(), widths);
        weights(offsets, weights.up(), widths);
        in("x", x, rows, widths.in());
        bf16("y", result.y(), rows, widths.out());
        bf16("gate slope", result.gateSlope(), rows, widths.out());
        bf16("up slope", result.upSlope(), rows, widths.out());
        if (rows > 0 && widths.out() > 0) {
            gemm.swiglu(x, offsets, weights, result, widths);
        }
    }

    /** Returns the number of rows. */
    private static int weights(int[] offsets, MemorySegment[] w, Widths widths) {
        widths.requireBf16();
        int rows = Groups.rows(offsets, w.length);
        Groups.in("groupedGemm w", offsets, w, widths.weight() / 2);
        aligned("w", w);
        return rows;
    }

    private static void in(String name, MemorySegment segment, long rows, int width) {
        Operand.in("groupedGemm " + name, segment, rows * width / 2);
        aligned(name, segment);
    }

    private static void bf16(String name, MemorySegment segment, long rows, int width) {
        Operand.out("groupedGemm " + name, segment, rows * width / 2);
        aligned(name, segment);
    }

    private static void fp32(String name, MemorySegment segment, long rows, int width) {
        Operand.out("groupedGemm " + name, segment, rows * width);
        aligned(name, segment);
    }

    /** As {@link #aligned(String, MemorySegment)}, of those that are not null. */
    static void aligned(String name, MemorySegment[] segments) {
        for (MemorySegment segment : segments) {
            if (segment != null) {
                aligned(name, segment);
            }
        }
    }

    /** @throws IllegalArgumentException if accesses of 16 bytes can't begin where it does */
    static void aligned(String name, MemorySegment segment) {
        if (segment.address() % ALIGNMENT != 0) {
            throw new IllegalArgumentException("groupedGemm " + name + " begins at an address that is no multiple of "
                    + ALIGNMENT + " bytes, which products of bf16 need");
        }
    }
}
