package io.witan.runtime.layer;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.kernels.Kernels;
import io.witan.runtime.engine.StepArena;
import java.lang.foreign.MemorySegment;

/**
 * Some rows of a matrix, in any order and perhaps more than once: what a head works on, or what is computed once and used often. In the step
 * arena. To the kernels a row is a word of an embedding.
 */
public final class SelectedRows {
    private final Kernels kernels;
    private final MemorySegment numbers;
    private final int count;
    private final int width;

    /**
     * @param rows their numbers
     * @param width of a row
     */
    public SelectedRows(Kernels kernels, int[] rows, int width, StepArena arena) {
        this.kernels = kernels;
        this.numbers = ints(rows, arena);
        this.count = rows.length;
        this.width = width;
    }

    /** Values for kernels, in the arena. */
    static MemorySegment ints(int[] values, StepArena arena) {
        MemorySegment ints = arena.hostInts(values.length);
        MemorySegment.copy(values, 0, ints, JAVA_INT, 0, values.length);
        return arena.toKernels(ints);
    }

    /** How many they are. */
    public int count() {
        return count;
    }

    /**
     * @param from [.., width]
     * @return the rows [count, width], in the arena
     */
    public MemorySegment of(MemorySegment from, StepArena arena) {
        MemorySegment rows = arena.floats((long) count * width);
        kernels.embedding().forward(numbers, from, MemorySegment.NULL, rows, count, 1, width);
        return rows;
    }

    /** Each row's place in {@code sum} [.., width] adds a row of {@code rows} [count, width], in their order. */
    public void addTo(MemorySegment sum, MemorySegment rows) {
        kernels.embedding().backward(numbers, rows, sum, MemorySegment.NULL, count, 1, width);
    }
}
