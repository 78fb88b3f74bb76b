package io.witan.runtime.layer;

import io.witan.kernels.AttentionKernel;
import io.witan.kernels.RotaryKernel;
import io.witan.kernels.RotaryKernel.Direction;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Rotary positions of one model: the angles of every position, shared by all its attention layers. */
public final class RotaryPositions {
    private final RotaryKernel kernel;
    private final MemorySegment table;

    /**
     * @param positions longest sequence
     * @param headWidth D/H, even
     * @param base see {@link RotaryKernel#fillTable}
     */
    public RotaryPositions(RotaryKernel kernel, int positions, int headWidth, double base) {
        this.kernel = kernel;
        this.table = Arena.ofAuto().allocate((long) positions * headWidth * Float.BYTES, Float.BYTES);
        kernel.fillTable(table, positions, headWidth, base);
    }

    void rotate(MemorySegment qkv, AttentionKernel.Shape shape, Direction direction) {
        kernel.rotate(qkv, table, shape, direction);
    }
}
