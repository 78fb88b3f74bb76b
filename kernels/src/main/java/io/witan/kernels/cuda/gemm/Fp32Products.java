package io.witan.kernels.cuda.gemm;

import io.witan.kernels.cuda.device.Device;
import java.lang.foreign.MemorySegment;

/** Operands as they are, of any widths and from any addresses, without matrix units. */
final class Fp32Products implements LinearProducts {
    private final GroupTable table;
    private final GroupedProducts products;

    Fp32Products(Device device) {
        table = new GroupTable(device);
        products = GroupedProducts.fp32(device);
    }

    @Override
    public void forward(MemorySegment x, int[] offsets, MemorySegment[] w, MemorySegment y, Widths widths, float beta) {
        if (offsets[w.length] > 0) {
            listTiles(offsets, w);
            products.forward(table, x, y, widths, beta);
        }
    }

    private void listTiles(int[] offsets, MemorySegment[] w) {
        table.begin(offsets);
        table.addresses(GroupedProducts.MATRICES, w);
        table.listTiles(products.tileRows());
        table.upload();
    }

    @Override
    public void backwardInput(
            MemorySegment dy, int[] offsets, MemorySegment[] w, MemorySegment dx, Widths widths, float beta) {
        if (offsets[w.length] > 0) {
            listTiles(offsets, w);
            products.backwardInput(table, dy, dx, widths, beta);
        }
    }

    @Override
    public void backwardWeight(
            MemorySegment dy, int[] offsets, MemorySegment x, MemorySegment[] dw, Widths widths, float beta) {
        table.begin(offsets);
        table.addresses(GroupedProducts.MATRICES, dw);
        table.listGroups(GroupedProducts.MATRICES, beta);
        if (table.listed() > 0) {
            table.upload();
            products.backwardWeight(table, dy, x, widths, beta);
        }
    }
}
