package io.witan.kernels.cuda;

import java.lang.foreign.MemorySegment;

/** How the fp32 operands of a product come before the kernels: as they are, or cast. */
interface OperandForm {
    /** @throws IllegalArgumentException if the kernels can't take these widths */
    void check(Widths widths);

    /** @throws IllegalArgumentException if the kernels can't take a matrix, null or of fp32, from where it lies */
    void check(String name, MemorySegment matrix);

    /**
     * Where the kernels find the weights, in column {@link GroupedProducts#MATRICES} of a table that is not uploaded yet.
     *
     * @param count elements of a weight
     */
    void address(GroupTable table, MemorySegment[] weights, long count);

    /** Queues what must happen to the weights once the table is uploaded. */
    void prepare(GroupTable table, long count);

    /** The first operand of rows, of {@code count} elements, as the kernels take it. */
    MemorySegment left(MemorySegment rows, long count);

    /** The second. */
    MemorySegment right(MemorySegment rows, long count);
}
