package io.witan.kernels.cuda;

import io.witan.kernels.ElementFormat;
import io.witan.kernels.ExpertRowsKernel;
import io.witan.kernels.PermuteKernel.CombineGradient;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.KernelCall;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

final class CudaExpertRows implements ExpertRowsKernel {
    private static final int THREADS = 256;
    private static final int WARPS = THREADS / 32;

    /** Columns of a warp (segments.cuh). */
    private static final int SEGMENT = 512;

    private final ElementFormat format;
    private final KernelCall gather;
    private final KernelCall combine;
    private final KernelCall combineBackward;
    private final KernelCall sumByPosition;

    /** @param format of the experts' rows */
    CudaExpertRows(Device device, ElementFormat format) {
        this.format = format;
        String suffix = format == ElementFormat.BF16 ? "_bf16" : "";
        gather = device.kernel("permute", format == ElementFormat.BF16 ? "gather_rows_to_bf16" : "gather_rows");
        combine = device.kernel("combine", "combine" + suffix);
        combineBackward = device.kernel("combine_backward", "combine_backward" + suffix);
        sumByPosition = device.kernel("sum_by_position", "sum_by_position" + suffix);
    }

    @Override
    public void gather(MemorySegment from, MemorySegment row, MemorySegment to, int n, int cols) {
        checkSizes(n, 1, cols);
        Operand.in("gather from", from, 0);
        Operand.in("gather row", row, n);
        Operand.out("gather to", to, format.words((long) n * cols));
        gather.with(from).with(row).with(to).with(n).with(cols).launch(blocks(n, cols), THREADS);
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
        checkSizes(tokens, topK, cols);
        Operand.in("combine y", y, 0);
        Operand.in("combine position", position, (long) tokens * topK);
        Operand.in("combine weight", weight, (long) tokens * topK);
        Operand.out("combine out", out, (long) tokens * cols);
        combine.with(y)
                .with(position)
                .with(weight)
                .with(out)
                .with(tokens)
                .with(topK)
                .with(cols)
                .launch(blocks(tokens, cols), THREADS);
    }

    @Override
    public void combineBackward(CombineGradient gradient, int tokens, int topK, int cols) {
        checkSizes(tokens, topK, cols);
        long assignments = (long) tokens * topK;
        Operand.in("combineBackward y", gradient.y(), 0);
        Operand.out("combineBackward dy", gradient.dy(), 0);
        Operand.in("combineBackward position", gradient.position(), assignments);
        Operand.in("combineBackward weight", gradient.weight(), assignments);
        Operand.in("combineBackward dOut", gradient.dOut(), (long) tokens * cols);
        Operand.out("combineBackward dWeight", gradient.dWeight(), assignments);
        combineBackward
                .with(gradient.y())
                .with(gradient.position())
                .with(gradient.weight())
                .with(gradient.dOut())
                .with(gradient.dy())
                .with(gradient.dWeight())
                .with(assignments)
                .with(topK)
                .with(cols)
                .launch((assignments + WARPS - 1) / WARPS, THREADS);
    }

    @Override
    public void sumByPosition(
            MemorySegment dy, MemorySegment position, MemorySegment dx, int tokens, int topK, int cols, float beta) {
        checkSizes(tokens, topK, cols);
        Operand.in("sumByPosition dy", dy, 0);
        Operand.in("sumByPosition position", position, (long) tokens * topK);
        Operand.out("sumByPosition dx", dx, (long) tokens * cols);
        sumByPosition
                .with(dy)
                .with(position)
                .with(dx)
                .with(tokens)
                .with(topK)
                .with(cols)
                .with(beta)
                .launch(blocks(tokens, cols), THREADS);
    }

    /** Of kernels with one warp a segment of a row. */
    static long blocks(int rows, int cols) {
        long segments = (long) rows * ((cols + SEGMENT - 1L) / SEGMENT);
        return (segments + WARPS - 1) / WARPS;
    }

    private static void checkSizes(int rows, int topK, int cols) {
        Operand.size("expert rows", rows);
        Operand.size("expert rows topK", topK);
        Operand.size("expert rows cols", cols);
    }
}
