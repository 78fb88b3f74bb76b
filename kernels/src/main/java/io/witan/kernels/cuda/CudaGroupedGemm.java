package io.witan.kernels.cuda;

import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.KernelCall;
import io.witan.kernels.operand.Groups;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

/**
 * Products over groups of rows with operands that are bf16 in memory, fp32 sums, on tensor cores ({@code mma.sync}, compute
 * capability 8.0 and later), all groups in one launch. Shapes, groups and offsets as in {@link
 * io.witan.kernels.GroupedLinearKernel}; weights of groups without rows may be null. Widths are multiples of 8 and segments begin
 * at multiples of 16 bytes; others are refused. Rows are arbitrary.
 */
public final class CudaGroupedGemm {
    private static final int GATE = GroupedProducts.MATRICES;
    private static final int UP = 1;
    private static final int SWIGLU_COLUMNS = 64;
    private static final long ALIGNMENT = 16;

    private final GroupTable table;
    private final GroupedProducts products;
    private final KernelCall forwardBf16;
    private final KernelCall backwardInputBf16;
    private final KernelCall gelu;
    private final KernelCall swiglu;

    public CudaGroupedGemm(Device device) {
        table = new GroupTable(device);
        products = GroupedProducts.bf16(device);
        forwardBf16 = device.kernel("grouped_gemm", "grouped_gemm_forward_bf16");
        backwardInputBf16 = device.kernel("grouped_gemm", "grouped_gemm_backward_input_bf16");
        gelu = device.kernel("grouped_gemm_activation", "grouped_gemm_gelu");
        swiglu = device.kernel("grouped_gemm_activation", "grouped_gemm_swiglu");
    }

    /** y [rows, out] fp32 = x [rows, in] * w[g] [out, in]^T + beta * y. */
    public void forward(MemorySegment x, int[] offsets, MemorySegment[] w, MemorySegment y, Widths widths, float beta) {
        int rows = listTiles(offsets, w, widths);
        in("x", x, (long) rows * widths.in());
        fp32("y", y, (long) rows * widths.out());
        products.forward(table, x, y, widths, beta);
    }

    /** As {@link #forward} with beta 0 and y rounded to bf16. */
    public void forwardBf16(MemorySegment x, int[] offsets, MemorySegment[] w, MemorySegment y, Widths widths) {
        int rows = listTiles(offsets, w, widths);
        in("x", x, (long) rows * widths.in());
        bf16("y", y, (long) rows * widths.out());
        GroupedProducts.rows(forwardBf16, table, x, y, widths);
        launch(forwardBf16, widths.out(), GroupedProducts.BF16_TILES.columns());
    }

    /** dx [rows, in] fp32 = dy [rows, out] * w[g] [out, in] + beta * dx. */
    public void backwardInput(
            MemorySegment dy, int[] offsets, MemorySegment[] w, MemorySegment dx, Widths widths, float beta) {
        int rows = listTiles(offsets, w, widths);
        in("dy", dy, (long) rows * widths.out());
        fp32("dx", dx, (long) rows * widths.in());
        products.backwardInput(table, dy, dx, widths, beta);
    }

    /** As {@link #backwardInput} with beta 0 and dx rounded to bf16. */
    public void backwardInputBf16(MemorySegment dy, int[] offsets, MemorySegment[] w, MemorySegment dx, Widths widths) {
        int rows = listTiles(offsets, w, widths);
        in("dy", dy, (long) rows * widths.out());
        bf16("dx", dx, (long) rows * widths.in());
        GroupedProducts.rows(backwardInputBf16, table, dy, dx, widths);
        launch(backwardInputBf16, widths.in(), GroupedProducts.BF16_TILES.columns());
    }

    /** dw[g] [out, in] fp32 = dy_g^T * x_g + beta * dw[g]; a group without rows has beta * dw[g], or a null dw[g]. */
    public void backwardWeight(
            MemorySegment dy, int[] offsets, MemorySegment x, MemorySegment[] dw, Widths widths, float beta) {
        widths.requireBf16();
        int rows = Groups.rows(offsets, dw.length);
        in("dy", dy, (long) rows * widths.out());
        in("x", x, (long) rows * widths.in());
        Groups.out("groupedGemm dw", offsets, dw, widths.weight());
        aligned("dw", dw);
        table.begin(offsets);
        table.addresses(GroupedProducts.MATRICES, dw);
        table.listGroups(GroupedProducts.MATRICES, beta);
        table.upload();
        products.backwardWeight(table, dy, x, widths, beta);
    }

    /**
     * Results of {@link #gelu}, each [rows, out] bf16.
     *
     * @param y gelu(a)
     * @param slope its derivative at a
     */
    public record Gelu(MemorySegment y, MemorySegment slope) {}

    /** a = x * w[g]^T, kept in fp32 until its gelu and the derivative are taken; a itself is not stored. */
    public void gelu(MemorySegment x, int[] offsets, MemorySegment[] w, Gelu result, Widths widths) {
        int rows = listTiles(offsets, w, widths);
        in("x", x, (long) rows * widths.in());
        bf16("y", result.y, (long) rows * widths.out());
        bf16("slope", result.slope, (long) rows * widths.out());
        gelu.with(x)
                .with(table.offsetsAddress())
                .with(table.columnAddress(GroupedProducts.MATRICES))
                .with(table.listAddress())
                .with(result.y)
                .with(result.slope)
                .with(table.listed())
                .with(widths.in())
                .with(widths.out());
        launch(gelu, widths.out(), GroupedProducts.BF16_TILES.columns());
    }

    /** Weights of {@link #swiglu}, one [out, in] a group each. */
    public record Swiglu(MemorySegment[] gate, MemorySegment[] up) {}

    /**
     * Results of {@link #swiglu}, each [rows, out] bf16.
     *
     * @param y silu(a) * b
     * @param gateSlope its derivative to a
     * @param upSlope its derivative to b
     */
    public record SwigluResult(MemorySegment y, MemorySegment gateSlope, MemorySegment upSlope) {}

    /** a = x * gate[g]^T, b = x * up[g]^T, kept in fp32 until y and its derivatives are taken; a and b are not stored. */
    public void swiglu(MemorySegment x, int[] offsets, Swiglu weights, SwigluResult result, Widths widths) {
        int rows = begin(offsets, weights.gate, widths);
        if (weights.up.length != weights.gate.length) {
            throw new IllegalArgumentException(
                    "groupedGemm: " + weights.up.length + " up weights for " + weights.gate.length + " gate weights");
        }
        matrices(UP, offsets, weights.up, widths);
        list();
        in("x", x, (long) rows * widths.in());
        bf16("y", result.y, (long) rows * widths.out());
        bf16("gate slope", result.gateSlope, (long) rows * widths.out());
        bf16("up slope", result.upSlope, (long) rows * widths.out());
        swiglu.with(x)
                .with(table.offsetsAddress())
                .with(table.columnAddress(GATE))
                .with(table.columnAddress(UP))
                .with(table.listAddress())
                .with(result.y)
                .with(result.gateSlope)
                .with(result.upSlope)
                .with(table.listed())
                .with(widths.in())
                .with(widths.out());
        launch(swiglu, widths.out(), SWIGLU_COLUMNS);
    }

    private int listTiles(int[] offsets, MemorySegment[] w, Widths widths) {
        int rows = begin(offsets, w, widths);
        list();
        return rows;
    }

    private int begin(int[] offsets, MemorySegment[] w, Widths widths) {
        widths.requireBf16();
        int rows = Groups.rows(offsets, w.length);
        table.begin(offsets);
        matrices(GroupedProducts.MATRICES, offsets, w, widths);
        return rows;
    }

    private void matrices(int column, int[] offsets, MemorySegment[] w, Widths widths) {
        Groups.in("groupedGemm w", offsets, w, widths.weight() / 2);
        aligned("w", w);
        table.addresses(column, w);
    }

    private void list() {
        table.listTiles(products.tileRows());
        table.upload();
    }

    private void launch(KernelCall call, int width, int blockColumns) {
        GroupedProducts.BF16_TILES.launch(call, table.listed(), width, blockColumns);
    }

    /** Counts are elements of two bytes, a multiple of 8. */
    private static void in(String name, MemorySegment segment, long count) {
        Operand.in("groupedGemm " + name, segment, count / 2);
        aligned(name, segment);
    }

    private static void bf16(String name, MemorySegment segment, long count) {
        Operand.out("groupedGemm " + name, segment, count / 2);
        aligned(name, segment);
    }

    private static void fp32(String name, MemorySegment segment, long count) {
        Operand.out("groupedGemm " + name, segment, count);
        aligned(name, segment);
    }

    private static void aligned(String name, MemorySegment[] segments) {
        for (MemorySegment segment : segments) {
            if (segment != null) {
                aligned(name, segment);
            }
        }
    }

    static void aligned(String name, MemorySegment segment) {
        if (segment.address() % ALIGNMENT != 0) {
            throw new IllegalArgumentException("groupedGemm " + name + " begins at an address that is no multiple of "
                    + ALIGNMENT + " bytes, which products of bf16 need");
        }
    }
}
