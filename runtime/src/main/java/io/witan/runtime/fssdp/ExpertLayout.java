package io.witan.runtime.fssdp;

import io.witan.runtime.state.ParameterSpec;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * How one expert's matrices lie in its chunk, the unit that is owned, sharded and materialised: w1 [F, D], then for
 * SwiGLU w3 [F, D], then w2 [D, F].
 */
public record ExpertLayout(int width, int hidden, Activation activation) {
    /** Non-linearity of an expert. */
    public enum Activation {
        /** W2 gelu(W1 x): two matrices. */
        GELU,
        /** W2 (silu(W1 x) * W3 x): three matrices. */
        SWIGLU
    }

    /** Bytes of one matrix; all have the same size. */
    public long matrixBytes() {
        return (long) width * hidden * Float.BYTES;
    }

    public long chunkBytes() {
        return matrixBytes() * (activation == Activation.SWIGLU ? 3 : 2);
    }

    public MemorySegment w1(MemorySegment chunk) {
        return chunk.asSlice(0, matrixBytes());
    }

    /** The second input matrix of SwiGLU. */
    public MemorySegment w3(MemorySegment chunk) {
        return chunk.asSlice(matrixBytes(), matrixBytes());
    }

    public MemorySegment w2(MemorySegment chunk) {
        return chunk.asSlice(chunkBytes() - matrixBytes(), matrixBytes());
    }

    /** Declares the tensors of one expert in chunk order. */
    public List<ParameterSpec> declare(String prefix, int layer, int expert, double deviation, double outDeviation) {
        List<ParameterSpec> specs = new ArrayList<>();
        specs.add(ParameterSpec.expert(prefix + ".w1", hidden, width, deviation, layer, expert));
        if (activation == Activation.SWIGLU) {
            specs.add(ParameterSpec.expert(prefix + ".w3", hidden, width, deviation, layer, expert));
        }
        specs.add(ParameterSpec.expert(prefix + ".w2", width, hidden, outDeviation, layer, expert));
        return specs;
    }
}
