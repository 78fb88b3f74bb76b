package io.witan.runtime.layer;

import io.witan.kernels.AttentionKernel;
import io.witan.kernels.Kernels;
import io.witan.kernels.RotaryKernel;
import io.witan.kernels.RotaryKernel.Direction;
import java.lang.foreign.MemorySegment;

/** Rotary positions of one model: the angles of every position, shared by all its attention layers. */
public final class RotaryPositions {
    private final RotaryKernel kernel;
    private final MemorySegment table;

    /**
     * @param kernels whose memory holds the table until they are closed
     * @param positions longest sequence
     * @param headWidth D/H, even
     * @param base see {@link RotaryKernel#fillTable}
     */
    public RotaryPositions(Kernels kernels, int positions, int headWidth, double base) {
        this.kernel = kernels.rotary();
        this.table = kernels.memory().allocate((long) positions * headWidth * Float.BYTES);
        kernel.fillTable(table, positions, headWidth, base);
    }

    void rotate(MemorySegment qkv, AttentionKernel.Shape shape, Direction direction) {
        kernel.rotate(qkv, table, shape, direction);
    }
}
