package io.witan.kernels.cuda;

import io.witan.kernels.LinearKernel;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.Precision;
import io.witan.kernels.cuda.gemm.LinearProducts;
import io.witan.kernels.cuda.gemm.Widths;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

/** One group of the grouped products. */
final class CudaLinear implements LinearKernel {
    private final LinearProducts products;
    private final int[] offsets = new int[2];
    private final MemorySegment[] matrix = new MemorySegment[1];

    CudaLinear(Device device, Precision precision) {
        products = LinearProducts.of(device, precision);
    }

    @Override
    public void forward(MemorySegment x, MemorySegment w, MemorySegment y, int rows, int in, int out, float beta) {
        Widths widths = sizes(rows, in, out);
        Operand.in("linear x", x, (long) rows * in);
        Operand.in("linear w", w, widths.weight());
        Operand.out("linear y", y, (long) rows * out);
        products.forward(x, offsets, only(w), y, widths, beta);
    }

    @Override
    public void backwardInput(
            MemorySegment dy, MemorySegment w, MemorySegment dx, int rows, int in, int out, float beta) {
        Widths widths = sizes(rows, in, out);
        Operand.in("linear dy", dy, (long) rows * out);
        Operand.in("linear w", w, widths.weight());
        Operand.out("linear dx", dx, (long) rows * in);
        products.backwardInput(dy, offsets, only(w), dx, widths, beta);
    }

    @Override
    public void backwardWeight(
            MemorySegment dy, MemorySegment x, MemorySegment dw, int rows, int in, int out, float beta) {
        Widths widths = sizes(rows, in, out);
        Operand.in("linear dy", dy, (long) rows * out);
        Operand.in("linear x", x, (long) rows * in);
        Operand.out("linear dw", dw, widths.weight());
        products.backwardWeight(dy, offsets, x, only(dw), widths, beta);
    }

    private Widths sizes(int rows, int in, int out) {
        Operand.size("linear rows", rows);
        offsets[1] = rows;
        return new Widths(in, out);
    }

    private MemorySegment[] only(MemorySegment segment) {
        matrix[0] = segment;
        return matrix;
    }
}
