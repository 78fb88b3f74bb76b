package io.witan.runtime.moe;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.kernels.GateKernel;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import java.lang.foreign.MemorySegment;

/**
 * Assignments of one layer and micro-batch that all ranks know.
 *
 * @param kept kept[s][e] = of rank s's tokens to expert e
 * @param wanted the same before anything was dropped
 */
record AssignmentCounts(int[][] kept, int[][] wanted) {
    /** All ranks take part. */
    static AssignmentCounts gather(RankRuntime runtime, Routed routed, int experts) {
        StepArena arena = runtime.arena();
        int parts = routed.mayDrop() ? 2 : 1;
        MemorySegment local = count(runtime, routed.expert(), routed, experts);
        if (routed.mayDrop()) {
            MemorySegment both = arena.hostInts(2L * experts);
            long bytes = (long) experts * Integer.BYTES;
            MemorySegment.copy(local, 0, both, 0, bytes);
            MemorySegment.copy(count(runtime, routed.wanted(), routed, experts), 0, both, bytes, bytes);
            local = both;
        }
        MemorySegment all = local;
        if (runtime.size() > 1) {
            all = arena.hostInts((long) runtime.size() * parts * experts);
            runtime.tokens().allGather(local, all).await();
        }
        int[][] kept = table(all, runtime.size(), parts, 0, experts);
        return new AssignmentCounts(kept, parts == 1 ? kept : table(all, runtime.size(), parts, 1, experts));
    }

    /** [E] in host memory. */
    private static MemorySegment count(RankRuntime runtime, MemorySegment expert, Routed routed, int experts) {
        int bins = routed.mayDrop() ? experts + 1 : experts;
        MemorySegment histogram = runtime.arena().ints(bins);
        GateKernel.Shape shape = new GateKernel.Shape(routed.tokens() * routed.choices(), bins, 1);
        runtime.kernels().gate().histogram(expert, shape, histogram);
        return runtime.arena().toHost(histogram).asSlice(0, (long) experts * Integer.BYTES);
    }

    private static int[][] table(MemorySegment all, int ranks, int parts, int part, int experts) {
        int[][] counts = new int[ranks][experts];
        for (int s = 0; s < ranks; s++) {
            long first = (long) (s * parts + part) * experts;
            for (int e = 0; e < experts; e++) {
                counts[s][e] = all.getAtIndex(JAVA_INT, first + e);
            }
        }
        return counts;
    }
}
