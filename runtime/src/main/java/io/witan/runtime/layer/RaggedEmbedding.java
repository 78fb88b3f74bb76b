package io.witan.runtime.layer;

import io.witan.kernels.Kernels;
import io.witan.runtime.engine.Ragged;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;

/** Token embedding plus a learned embedding of a token's position in its sequence. */
public final class RaggedEmbedding {
    private final Kernels kernels;
    private final Parameter token;
    private final Parameter position;
    private final int width;

    /**
     * @param token [V, D]
     * @param position [longest sequence, D]
     */
    public RaggedEmbedding(Kernels kernels, Parameter token, Parameter position, int width) {
        this.kernels = kernels;
        this.token = token;
        this.position = position;
        this.width = width;
    }

    /** Output [T, D] and what backward needs, in the arena. */
    public record Saved(MemorySegment out, MemorySegment ids, MemorySegment positions) {}

    /**
     * @param ids [T], each below V
     * @throws IllegalArgumentException if an id or a position has no row
     */
    public Saved forward(int[] ids, Ragged rows, StepArena arena) {
        int tokens = rows.rows();
        MemorySegment words = SelectedRows.ints(ids, arena);
        MemorySegment places = SelectedRows.ints(rows.positions(), arena);
        MemorySegment out = arena.floats((long) tokens * width);
        kernels.embedding().forward(words, token.value(), MemorySegment.NULL, out, tokens, 1, width);
        StepArena.Mark mark = arena.mark();
        MemorySegment placed = arena.floats((long) tokens * width);
        kernels.embedding().forward(places, position.value(), MemorySegment.NULL, placed, tokens, 1, width);
        kernels.vector().add(out, placed, (long) tokens * width);
        arena.release(mark);
        return new Saved(out, words, places);
    }

    /** The gradients of what is trained add the rows of dOut [T, D], in their order. */
    public void backward(Saved saved, MemorySegment dOut, Ragged rows) {
        add(saved.ids, dOut, token, rows.rows());
        add(saved.positions, dOut, position, rows.rows());
    }

    private void add(MemorySegment numbers, MemorySegment dOut, Parameter parameter, int tokens) {
        if (parameter.isTrained()) {
            kernels.embedding().backward(numbers, dOut, parameter.gradient(), MemorySegment.NULL, tokens, 1, width);
        }
    }
}
