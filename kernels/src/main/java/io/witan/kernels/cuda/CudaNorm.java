package io.witan.kernels.cuda;

import io.witan.kernels.NormKernel;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.DeviceScratch;
import io.witan.kernels.cuda.device.KernelCall;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

/**
 * What LayerNorm and RMSNorm share (norm.cuh). A block of the backward pass has every {@link #parts}-th row and leaves its sums for
 * gain and bias in scratch memory, where a second kernel adds them in the order of the blocks: the order depends on shapes alone.
 */
abstract class CudaNorm implements NormKernel {
    private static final int WARP = 32;

    /** Floats of a row that a thread keeps in registers, and threads of a block at most. */
    private static final int THREAD_COLS = 16;

    private static final int MOST_THREADS = 512;
    private static final int ANY_THREADS = 256;
    private static final int WIDE_BYTES = 16;

    private static final int MOST_PARTS = 528;
    private static final int LEAST_PART_ROWS = 4;
    private static final int COLUMN_THREADS = 256;

    private final KernelCall forward;
    private final KernelCall forwardAny;
    private final KernelCall backward;
    private final KernelCall backwardAny;
    private final KernelCall addColumnSums;
    private final DeviceScratch scratch;

    /** @param file of the kernels, and how their names begin */
    CudaNorm(Device device, String file) {
        forward = device.kernel(file, file + "_forward");
        forwardAny = device.kernel(file, file + "_forward_any");
        backward = device.kernel(file, file + "_backward");
        backwardAny = device.kernel(file, file + "_backward_any");
        addColumnSums = device.kernel("column_sum", "add_column_sums");
        scratch = new DeviceScratch(device);
    }

    /** Checks the bias; NULL if there is none. */
    abstract MemorySegment biasOf(MemorySegment bias, int cols);

    /** Checks the gradient of the bias; NULL if there is none. */
    abstract MemorySegment biasGradientOf(MemorySegment dBias, int cols);

    @Override
    public final void forward(
            MemorySegment x,
            MemorySegment gain,
            MemorySegment bias,
            MemorySegment y,
            MemorySegment stats,
            int rows,
            int cols,
            float epsilon) {
        checkSizes(rows, cols);
        Operand.in("norm x", x, (long) rows * cols);
        Operand.in("norm gain", gain, cols);
        MemorySegment shift = biasOf(bias, cols);
        Operand.out("norm y", y, (long) rows * cols);
        Operand.out("norm stats", stats, 2L * rows);
        boolean wide = wide(cols, x.address() | gain.address() | shift.address() | y.address());
        (wide ? forward : forwardAny)
                .with(x)
                .with(gain)
                .with(shift)
                .with(y)
                .with(stats)
                .with(cols)
                .with(epsilon)
                .launch(rows, wide ? threads(cols) : ANY_THREADS);
    }

    @Override
    public final void backward(Gradient g, int rows, int cols) {
        checkSizes(rows, cols);
        Operand.in("norm x", g.x(), (long) rows * cols);
        Operand.in("norm gain", g.gain(), cols);
        Operand.in("norm stats", g.stats(), 2L * rows);
        Operand.in("norm dy", g.dy(), (long) rows * cols);
        Operand.out("norm dx", g.dx(), (long) rows * cols);
        Operand.out("norm dGain", g.dGain(), cols);
        MemorySegment dBias = biasGradientOf(g.dBias(), cols);
        if (rows == 0) {
            return;
        }
        int parts = parts(rows);
        long bytes = (long) parts * cols * Float.BYTES;
        MemorySegment gains = scratch.bytes(dBias.address() == 0 ? bytes : 2 * bytes);
        MemorySegment biases = dBias.address() == 0 ? MemorySegment.NULL : gains.asSlice(bytes);
        boolean wide = wide(cols, g.x().address() | g.gain().address() | g.dy().address() | g.dx().address());
        (wide ? backward : backwardAny)
                .with(g.x())
                .with(g.gain())
                .with(g.stats())
                .with(g.dy())
                .with(g.dx())
                .with(gains)
                .with(biases)
                .with(rows)
                .with(cols)
                .launch(parts, wide ? threads(cols) : ANY_THREADS);
        addColumns(gains, parts, cols, g.dGain());
        if (dBias.address() != 0) {
            addColumns(biases, parts, cols, dBias);
        }
    }

    private void addColumns(MemorySegment from, int parts, int cols, MemorySegment to) {
        addColumnSums.with(from).with(parts).with(cols).with(to).launch((cols + WARP - 1L) / WARP, COLUMN_THREADS);
    }

    /** Whether rows fit into registers and all their addresses allow wide accesses. */
    private static boolean wide(int cols, long addresses) {
        return cols % 4 == 0 && cols <= MOST_THREADS * THREAD_COLS && addresses % WIDE_BYTES == 0;
    }

    private static int threads(int cols) {
        return ((cols + THREAD_COLS - 1) / THREAD_COLS + WARP - 1) / WARP * WARP;
    }

    /** Enough to fill the largest devices, few beside the rows. */
    private static int parts(int rows) {
        return Math.min(MOST_PARTS, (rows - 1) / LEAST_PART_ROWS + 1);
    }

    private static void checkSizes(int rows, int cols) {
        Operand.size("norm rows", rows);
        Operand.positive("norm cols", cols);
    }
}
