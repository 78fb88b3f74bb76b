package io.witan.runtime.layer;

import io.witan.kernels.Kernels;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;

/**
 * A vector that is added to every row, as the bias of a product. To the kernels it is an embedding of a single word, which is what
 * every row begins with.
 *
 * @param bias [cols]
 */
record RowBias(Kernels kernels, Parameter bias, int cols) {
    /** out [rows, cols] = the bias, for a product to add to. */
    void fill(MemorySegment out, int rows, StepArena arena) {
        StepArena.Mark mark = arena.mark();
        kernels.embedding().forward(words(rows, arena), bias.value(), MemorySegment.NULL, out, rows, 1, cols);
        arena.release(mark);
    }

    /** out [rows, cols] adds the bias. */
    void add(MemorySegment out, int rows, StepArena arena) {
        StepArena.Mark mark = arena.mark();
        MemorySegment repeated = arena.floats((long) rows * cols);
        fill(repeated, rows, arena);
        kernels.vector().add(out, repeated, (long) rows * cols);
        arena.release(mark);
    }

    /** The bias's gradient, if it is trained, adds the rows of dOut [rows, cols], in their order. */
    void backward(MemorySegment dOut, int rows, StepArena arena) {
        if (!bias.isTrained()) {
            return;
        }
        StepArena.Mark mark = arena.mark();
        kernels.embedding().backward(words(rows, arena), dOut, bias.gradient(), MemorySegment.NULL, rows, 1, cols);
        arena.release(mark);
    }

    /** Word 0 for each row: int32 zeros have the bits of fp32 zeros. */
    private MemorySegment words(int rows, StepArena arena) {
        MemorySegment ids = arena.floats(rows);
        kernels.vector().zero(ids, rows);
        return ids;
    }
}
