package io.witan.runtime.layer;

import io.witan.kernels.Kernels;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;

/** Token embedding, with or without a learned position embedding. */
public final class TokenEmbedding {
    private final Kernels kernels;
    private final Parameter token;
    private final Parameter position;
    private final int width;

    /**
     * @param token [V, D]
     * @param position [longest sequence, D], null for none
     */
    public TokenEmbedding(Kernels kernels, Parameter token, Parameter position, int width) {
        this.kernels = kernels;
        this.token = token;
        this.position = position;
        this.width = width;
    }

    /** @param ids [sequences * positions] int32 */
    public MemorySegment forward(MemorySegment ids, int sequences, int positions, StepArena arena) {
        int tokens = sequences * positions;
        MemorySegment out = arena.floats((long) tokens * width);
        kernels.embedding().forward(ids, token.value(), at(position, Parameter::value), out, tokens, positions, width);
        return out;
    }

    /** Nothing if both are frozen. */
    public void backward(MemorySegment ids, MemorySegment dOut, int sequences, int positions) {
        if (!token.isTrained() && (position == null || !position.isTrained())) {
            return;
        }
        kernels.embedding()
                .backward(
                        ids,
                        dOut,
                        token.gradient(),
                        at(position, Parameter::gradient),
                        sequences * positions,
                        positions,
                        width);
    }

    private static MemorySegment at(Parameter position, Function<Parameter, MemorySegment> part) {
        return position == null ? MemorySegment.NULL : part.apply(position);
    }
}
