package io.witan.kernels.cuda;

import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.Precision;
import java.lang.foreign.MemorySegment;

/** The three products of a linear layer over groups of rows, of fp32 segments in one precision. Sizes have been checked. */
final class LinearProducts {
    private final GroupTable table;
    private final GroupedProducts products;
    private final OperandForm form;

    LinearProducts(Device device, Precision precision) {
        table = new GroupTable(device);
        products = switch (precision) {
            case FP32 -> GroupedProducts.fp32(device);
            case BF16 -> GroupedProducts.bf16(device);
        };
        form = switch (precision) {
            case FP32 -> new PlainOperands();
            case BF16 -> new PackedOperands(device);
        };
    }

    /** y = x * w[g]^T + beta * y. */
    void forward(MemorySegment x, int[] offsets, MemorySegment[] w, MemorySegment y, Widths widths, float beta) {
        check(widths, "x", x, "y", y);
        if (begin(offsets, w, widths)) {
            products.forward(table, form.left(x, (long) table.rows() * widths.in()), y, widths, beta);
        }
    }

    /** dx = dy * w[g] + beta * dx. */
    void backwardInput(
            MemorySegment dy, int[] offsets, MemorySegment[] w, MemorySegment dx, Widths widths, float beta) {
        check(widths, "dy", dy, "dx", dx);
        if (begin(offsets, w, widths)) {
            products.backwardInput(table, form.left(dy, (long) table.rows() * widths.out()), dx, widths, beta);
        }
    }

    private void check(Widths widths, String from, MemorySegment rows, String to, MemorySegment result) {
        form.check(widths);
        form.check(from, rows);
        form.check(to, result);
    }

    /** Whether there are rows, and then the table lists their tiles. */
    private boolean begin(int[] offsets, MemorySegment[] w, Widths widths) {
        if (offsets[w.length] == 0) {
            return false;
        }
        for (MemorySegment weight : w) {
            form.check("w", weight);
        }
        table.begin(offsets);
        form.address(table, w, widths.weight());
        table.listTiles(products.tileRows());
        table.upload();
        form.prepare(table, widths.weight());
        return true;
    }

    /** dw[g] = dy_g^T * x_g + beta * dw[g]. */
    void backwardWeight(
            MemorySegment dy, int[] offsets, MemorySegment x, MemorySegment[] dw, Widths widths, float beta) {
        check(widths, "dy", dy, "x", x);
        for (MemorySegment gradient : dw) {
            form.check("dw", gradient);
        }
        table.begin(offsets);
        table.addresses(GroupedProducts.MATRICES, dw);
        table.listGroups(GroupedProducts.MATRICES, beta);
        if (table.listed() == 0) {
            return;
        }
        table.upload();
        MemorySegment left = form.left(dy, (long) table.rows() * widths.out());
        MemorySegment right = form.right(x, (long) table.rows() * widths.in());
        products.backwardWeight(table, left, right, widths, beta);
    }
}
