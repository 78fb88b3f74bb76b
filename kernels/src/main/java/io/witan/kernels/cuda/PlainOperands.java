package io.witan.kernels.cuda;

import java.lang.foreign.MemorySegment;

/** fp32 operands as they are. */
final class PlainOperands implements OperandForm {
    @Override
    public void check(Widths widths) {}

    @Override
    public void check(String name, MemorySegment matrix) {}

    @Override
    public void address(GroupTable table, MemorySegment[] weights, long count) {
        table.addresses(GroupedProducts.MATRICES, weights);
    }

    @Override
    public void prepare(GroupTable table, long count) {}

    @Override
    public MemorySegment left(MemorySegment rows, long count) {
        return rows;
    }

    @Override
    public MemorySegment right(MemorySegment rows, long count) {
        return rows;
    }
}
