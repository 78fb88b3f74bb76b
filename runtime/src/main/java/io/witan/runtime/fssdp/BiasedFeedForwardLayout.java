package io.witan.runtime.fssdp;

import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.ParameterSpec.Init;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** An FFN with biases, and no gate: w1 [F, D], w2 [D, F], b1 [F], b2 [D]. */
public record BiasedFeedForwardLayout(int width, int hidden) implements ExpertLayout {
    @Override
    public long chunkBytes() {
        return (2L * width * hidden + hidden + width) * Float.BYTES;
    }

    @Override
    public List<ParameterSpec> declare(String prefix, int layer, int expert, double deviation, double outDeviation) {
        return List.of(
                ParameterSpec.expert(prefix + ".w1", hidden, width, deviation, layer, expert),
                ParameterSpec.expert(prefix + ".w2", width, hidden, outDeviation, layer, expert),
                zeroes(prefix + ".b1", hidden, layer, expert),
                zeroes(prefix + ".b2", width, layer, expert));
    }

    private static ParameterSpec zeroes(String name, int length, int layer, int expert) {
        return new ParameterSpec(name, new long[] {length}, new Init.Constant(0), false, layer, expert);
    }

    /** The tensors of chunks, or of their gradients; null where a chunk is. */
    public Parts parts(MemorySegment[] chunks) {
        long matrix = (long) width * hidden;
        return new Parts(
                slices(chunks, 0, matrix),
                slices(chunks, matrix, matrix),
                slices(chunks, 2 * matrix, hidden),
                slices(chunks, 2 * matrix + hidden, width));
    }

    private static MemorySegment[] slices(MemorySegment[] chunks, long first, long count) {
        MemorySegment[] slices = new MemorySegment[chunks.length];
        for (int e = 0; e < slices.length; e++) {
            slices[e] = chunks[e] == null ? null : chunks[e].asSlice(first * Float.BYTES, count * Float.BYTES);
        }
        return slices;
    }

    /** By expert. */
    public record Parts(
            MemorySegment[] inner, MemorySegment[] outer, MemorySegment[] innerBias, MemorySegment[] outerBias) {}
}
