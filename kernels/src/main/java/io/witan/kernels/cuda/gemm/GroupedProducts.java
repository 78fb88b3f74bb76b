package io.witan.kernels.cuda.gemm;

import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.KernelCall;
import java.lang.foreign.MemorySegment;

/**
 * Launches of the three products of a linear layer over groups of rows, with operands as the kernels take them and fp32 results.
 * Column {@link #MATRICES} of the table has the weights or their gradients.
 */
final class GroupedProducts {
    /** Column of the table. */
    static final int MATRICES = 0;

    /** Tiles of grouped_gemm.cu. */
    static final Tiles BF16_TILES = new Tiles(128, 128, 128, 64 << 10);

    private static final Tiles FP32_TILES = new Tiles(64, 128, 128, 0);

    private final KernelCall forward;
    private final KernelCall backwardInput;
    private final KernelCall backwardWeight;
    private final Tiles tiles;

    private GroupedProducts(Device device, String file, String prefix, Tiles tiles) {
        forward = device.kernel(file, prefix + "_forward");
        backwardInput = device.kernel(file, prefix + "_backward_input");
        backwardWeight = device.kernel(file, prefix + "_backward_weight");
        this.tiles = tiles;
    }

    static GroupedProducts bf16(Device device) {
        return new GroupedProducts(device, "grouped_gemm", "grouped_gemm", BF16_TILES);
    }

    static GroupedProducts fp32(Device device) {
        return new GroupedProducts(device, "gemm_fp32", "grouped_gemm_fp32", FP32_TILES);
    }

    /**
     * What a block computes and what it is.
     *
     * @param sharedBytes dynamic shared memory
     */
    record Tiles(int rows, int columns, int threads, int sharedBytes) {
        /** Queues as many blocks as the listed tiles of rows need for this width. */
        void launch(KernelCall call, int rowTiles, int width, int blockColumns) {
            long columnTiles = (width + blockColumns - 1) / blockColumns;
            call.launch(rowTiles * columnTiles, 1, threads, sharedBytes);
        }
    }

    /** Rows of the tiles that the table has to list. */
    int tileRows() {
        return tiles.rows;
    }

    /** y = x * w[g]^T + beta * y; the table lists tiles. */
    void forward(GroupTable table, MemorySegment x, MemorySegment y, Widths widths, float beta) {
        rows(forward, table, x, y, widths).with(beta);
        tiles.launch(forward, table.listed(), widths.out(), tiles.columns);
    }

    /** dx = dy * w[g] + beta * dx; the table lists tiles. */
    void backwardInput(GroupTable table, MemorySegment dy, MemorySegment dx, Widths widths, float beta) {
        rows(backwardInput, table, dy, dx, widths).with(beta);
        tiles.launch(backwardInput, table.listed(), widths.in(), tiles.columns);
    }

    /** The arguments that all products with one result row a row of the operand begin with. */
    static KernelCall rows(KernelCall call, GroupTable table, MemorySegment from, MemorySegment to, Widths widths) {
        return call.with(from)
                .with(table.offsetsAddress())
                .with(table.columnAddress(MATRICES))
                .with(table.listAddress())
                .with(to)
                .with(table.listed())
                .with(widths.in())
                .with(widths.out());
    }

    /** dw[g] = dy_g^T * x_g + beta * dw[g]; the table lists groups. */
    void backwardWeight(GroupTable table, MemorySegment dy, MemorySegment x, Widths widths, float beta) {
        backwardWeight
                .with(dy)
                .with(table.offsetsAddress())
                .with(x)
                .with(table.listAddress())
                .with(table.columnAddress(MATRICES))
                .with(widths.in())
                .with(widths.out())
                .with(beta);
        int rowTiles = (widths.out() + tiles.rows - 1) / tiles.rows;
        tiles.launch(backwardWeight, Math.multiplyExact(table.listed(), rowTiles), widths.in(), tiles.columns);
    }
}
