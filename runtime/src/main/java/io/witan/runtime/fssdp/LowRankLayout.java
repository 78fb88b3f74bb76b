package io.witan.runtime.fssdp;

import io.witan.runtime.state.ParameterSpec;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A low-rank adapter: a [r, D], b [D, r]. */
public record LowRankLayout(int width, int rank) implements ExpertLayout {
    @Override
    public long chunkBytes() {
        return 2L * width * rank * Float.BYTES;
    }

    /** @param outDeviation of b; 0: the adapter begins as nothing */
    @Override
    public List<ParameterSpec> declare(String prefix, int layer, int expert, double deviation, double outDeviation) {
        return List.of(
                ParameterSpec.expert(prefix + ".a", rank, width, deviation, layer, expert),
                ParameterSpec.expert(prefix + ".b", width, rank, outDeviation, layer, expert));
    }

    /** The a of chunks, or of their gradients; null where a chunk is. */
    public MemorySegment[] inner(MemorySegment[] chunks) {
        return slices(chunks, 0);
    }

    /** Likewise b. */
    public MemorySegment[] outer(MemorySegment[] chunks) {
        return slices(chunks, (long) width * rank);
    }

    private MemorySegment[] slices(MemorySegment[] chunks, long first) {
        MemorySegment[] slices = new MemorySegment[chunks.length];
        for (int e = 0; e < slices.length; e++) {
            slices[e] = chunks[e] == null
                    ? null
                    : chunks[e].asSlice(first * Float.BYTES, (long) width * rank * Float.BYTES);
        }
        return slices;
    }
}
