package io.witan.kernels.cuda;

import io.witan.kernels.GroupedLinearKernel;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.Precision;
import io.witan.kernels.cuda.gemm.LinearProducts;
import io.witan.kernels.cuda.gemm.Widths;
import io.witan.kernels.operand.Groups;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

/** All groups in one launch; with {@link Precision#BF16} after launches that cast the operands. */
final class CudaGroupedLinear implements GroupedLinearKernel {
    private final LinearProducts products;

    CudaGroupedLinear(Device device, Precision precision) {
        products = LinearProducts.of(device, precision);
    }

    @Override
    public void forward(MemorySegment x, int[] offsets, MemorySegment[] w, MemorySegment y, int in, int out) {
        Widths widths = new Widths(in, out);
        long rows = Groups.rows(offsets, w.length);
        Operand.in("groupedLinear x", x, rows * in);
        Operand.out("groupedLinear y", y, rows * out);
        Groups.in("groupedLinear w", offsets, w, widths.weight());
        products.forward(x, offsets, w, y, widths, 0);
    }

    @Override
    public void backwardInput(
            MemorySegment dy, int[] offsets, MemorySegment[] w, MemorySegment dx, int in, int out, float beta) {
        Widths widths = new Widths(in, out);
        long rows = Groups.rows(offsets, w.length);
        Operand.in("groupedLinear dy", dy, rows * out);
        Operand.out("groupedLinear dx", dx, rows * in);
        Groups.in("groupedLinear w", offsets, w, widths.weight());
        products.backwardInput(dy, offsets, w, dx, widths, beta);
    }

    @Override
    public void backwardWeight(
            MemorySegment dy, int[] offsets, MemorySegment x, MemorySegment[] dw, int in, int out, float beta) {
        Widths widths = new Widths(in, out);
        long rows = Groups.rows(offsets, dw.length);
        Operand.in("groupedLinear dy", dy, rows * out);
        Operand.in("groupedLinear x", x, rows * in);
        Groups.out("groupedLinear dw", offsets, dw, widths.weight());
        products.backwardWeight(dy, offsets, x, dw, widths, beta);
    }
}
