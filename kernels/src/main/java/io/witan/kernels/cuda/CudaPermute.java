package io.witan.kernels.cuda;

import io.witan.kernels.ElementFormat;
import io.witan.kernels.PermuteKernel;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.KernelCall;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

final class CudaPermute implements PermuteKernel {
    private static final int THREADS = 256;

    private final CudaSort sort;
    private final CudaExpertRows rows;
    private final KernelCall scatterRows;

    CudaPermute(Device device) {
        sort = new CudaSort(device);
        rows = new CudaExpertRows(device, ElementFormat.FP32);
        scatterRows = device.kernel("permute", "scatter_rows");
    }

    /** Waits for the offsets. */
    @Override
    public void sort(MemorySegment keys, int n, int keyCount, int[] offsets, MemorySegment order) {
        Operand.size("sort n", n);
        if (keyCount < 0 || offsets.length != keyCount + 1) {
            throw new IllegalArgumentException(
                    "sort: " + offsets.length + " offsets for " + keyCount + " keys; one more than keys needed");
        }
        Operand.in("sort keys", keys, n);
        Operand.out("sort order", order, n);
        sort.sort(keys, n, keyCount, offsets, order);
    }

    @Override
    public void gatherRows(MemorySegment from, MemorySegment row, MemorySegment to, int n, int cols) {
        rows.gather(from, row, to, n, cols);
    }

    @Override
    public void scatterRows(MemorySegment from, MemorySegment row, MemorySegment to, int n, int cols) {
        Operand.size("permute rows", n);
        Operand.size("permute cols", cols);
        Operand.in("scatterRows from", from, (long) n * cols);
        Operand.out("scatterRows to", to, 0);
        Operand.in("scatterRows row", row, n);
        scatterRows.with(from).with(row).with(to).with(n).with(cols).launch(CudaExpertRows.blocks(n, cols), THREADS);
    }

    @Override
    public void combine(
            MemorySegment y,
            MemorySegment position,
            MemorySegment weight,
            MemorySegment out,
            int tokens,
            int topK,
            int cols) {
        rows.combine(y, position, weight, out, tokens, topK, cols);
    }

    @Override
    public void combineBackward(CombineGradient gradient, int tokens, int topK, int cols) {
        rows.combineBackward(gradient, tokens, topK, cols);
    }

    @Override
    public void sumByPosition(
            MemorySegment dy, MemorySegment position, MemorySegment dx, int tokens, int topK, int cols, float beta) {
        rows.sumByPosition(dy, position, dx, tokens, topK, cols, beta);
    }
}
