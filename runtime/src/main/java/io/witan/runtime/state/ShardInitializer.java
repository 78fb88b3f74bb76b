package io.witan.runtime.state;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Gives shards of experts what the whole experts would begin with, so that a run begins alike however its experts are cut. Each shard has the
 * whole matrix drawn. Other tensors pass as they are.
 */
public final class ShardInitializer implements Initializer {
    private final Initializer initializer;
    private final Map<String, Cut> cuts = new HashMap<>();

    /** A matrix, and which of its shards. */
    private record Cut(ParameterSpec whole, int shard) {}

    private record Expert(int layer, int number) {}

    /**
     * @param initializer of whole experts
     * @param whole every tensor of the model with whole experts
     * @param shards every tensor with experts in shards: as many matrices of each, in the same order
     * @param sharding S
     */
    public ShardInitializer(
            Initializer initializer, List<ParameterSpec> whole, List<ParameterSpec> shards, int sharding) {
        this.initializer = initializer;
        Map<Expert, List<ParameterSpec>> experts = new HashMap<>();
        for (ParameterSpec spec : whole) {
            experts.computeIfAbsent(new Expert(spec.layer(), spec.expert()), _ -> new ArrayList<>())
                    .add(spec);
        }
        Map<Expert, Integer> next = new HashMap<>();
        for (ParameterSpec spec : shards) {
            if (spec.isExpert()) {
                int matrix = next.merge(new Expert(spec.layer(), spec.expert()), 1, Integer::sum) - 1;
                Expert expert = new Expert(spec.layer(), spec.expert() / sharding);
                cuts.put(spec.name(), new Cut(experts.get(expert).get(matrix), spec.expert() % sharding));
            }
        }
    }

    @Override
    public void fill(ParameterSpec spec, MemorySegment to) {
        Cut cut = cuts.get(spec.name());
        if (cut == null) {
            initializer.fill(spec, to);
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment whole = arena.allocate(cut.whole.count() * Float.BYTES, Float.BYTES);
            initializer.fill(cut.whole, whole);
            copy(whole, cut, spec.shape(), to);
        }
    }

    /** Rows of a matrix or columns, whichever are fewer than the whole has. */
    private static void copy(MemorySegment whole, Cut cut, long[] shape, MemorySegment to) {
        long cols = cut.whole.shape()[1];
        long firstRow = shape[0] == cut.whole.shape()[0] ? 0 : cut.shard * shape[0];
        long firstCol = shape[1] == cols ? 0 : cut.shard * shape[1];
        long bytes = shape[1] * Float.BYTES;
        for (long row = 0; row < shape[0]; row++) {
            long from = ((firstRow + row) * cols + firstCol) * Float.BYTES;
            MemorySegment.copy(whole, from, to, row * bytes, bytes);
        }
    }
}
