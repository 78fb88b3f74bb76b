package io.witan.kernels.cuda.gemm;

import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.KernelCall;
import java.lang.foreign.MemorySegment;

/** By {@code mma.sync}, of compute capability 8.0 and later: a block for each tile of the result. */
final class TensorCoreGemm implements GroupedGemm {
    private static final int GATE = GroupedProducts.MATRICES;
    private static final int UP = 1;
    private static final int SWIGLU_COLUMNS = 64;

    private final GroupTable table;
    private final GroupedProducts products;
    private final KernelCall forwardBf16;
    private final KernelCall backwardInputBf16;
    private final KernelCall gelu;
    private final KernelCall swiglu;

    TensorCoreGemm(Device device) {
        table = new GroupTable(device);
        products = GroupedProducts.bf16(device);
        forwardBf16 = device.kernel("grouped_gemm", "grouped_gemm_forward_bf16");
        backwardInputBf16 = device.kernel("grouped_gemm", "grouped_gemm_backward_input_bf16");
        gelu = device.kernel("grouped_gemm_activation", "grouped_gemm_gelu");
        swiglu = device.kernel("grouped_gemm_activation", "grouped_gemm_swiglu");
    }

    @Override
    public void forward(MemorySegment x, int[] offsets, MemorySegment[] w, MemorySegment y, Widths widths, float beta) {
        listTiles(offsets, w);
        products.forward(table, x, y, widths, beta);
    }

    private void listTiles(int[] offsets, MemorySegment[] w) {
        table.begin(offsets);
        table.addresses(GroupedProducts.MATRICES, w);
        table.listTiles(products.tileRows());
        table.upload();
    }

    @Override
    public void forwardBf16(MemorySegment x, int[] offsets, MemorySegment[] w, MemorySegment y, Widths widths) {
        listTiles(offsets, w);
        GroupedProducts.rows(forwardBf16, table, x, y, widths);
        launch(forwardBf16, widths.out(), GroupedProducts.BF16_TILES.columns());
    }

    @Override
    public void backwardInput(
            MemorySegment dy, int[] offsets, MemorySegment[] w, MemorySegment dx, Widths widths, float beta) {
        listTiles(offsets, w);
        products.backwardInput(table, dy, dx, widths, beta);
    }

    @Override
    public void backwardInputBf16(MemorySegment dy, int[] offsets, MemorySegment[] w, MemorySegment dx, Widths widths) {
        listTiles(offsets, w);
        GroupedProducts.rows(backwardInputBf16, table, dy, dx, widths);
        launch(backwardInputBf16, widths.in(), GroupedProducts.BF16_TILES.columns());
    }

    @Override
    public void backwardWeight(
            MemorySegment dy, int[] offsets, MemorySegment x, MemorySegment[] dw, Widths widths, float beta) {
        table.begin(offsets);
        table.addresses(GroupedProducts.MATRICES, dw);
        table.listGroups(GroupedProducts.MATRICES, beta);
        table.upload();
        products.backwardWeight(table, dy, x, widths, beta);
    }

    @Override
    public void gelu(MemorySegment x, int[] offsets, MemorySegment[] w, Gelu result, Widths widths) {
        listTiles(offsets, w);
        gelu.with(x)
                .with(table.offsetsAddress())
                .with(table.columnAddress(GroupedProducts.MATRICES))
                .with(table.listAddress())
                .with(result.y())
                .with(result.slope())
                .with(table.listed())
                .with(widths.in())
                .with(widths.out());
        launch(gelu, widths.out(), GroupedProducts.BF16_TILES.columns());
    }

    @Override
    public void swiglu(MemorySegment x, int[] offsets, SwigluWeights weights, Swiglu result, Widths widths) {
        table.begin(offsets);
        table.addresses(GATE, weights.gate());
        table.addresses(UP, weights.up());
        table.listTiles(products.tileRows());
        table.upload();
        swiglu.with(x)
                .with(table.offsetsAddress())
                .with(table.columnAddress(GATE))
                .with(table.columnAddress(UP))
                .with(table.listAddress())
                .with(result.y())
                .with(result.gateSlope())
                .with(result.upSlope())
                .with(table.listed())
                .with(widths.in())
                .with(widths.out());
        launch(swiglu, widths.out(), SWIGLU_COLUMNS);
    }

    private void launch(KernelCall call, int width, int blockColumns) {
        GroupedProducts.BF16_TILES.launch(call, table.listed(), width, blockColumns);
    }
}
