package io.witan.collectives;

import io.witan.scheduler.plan.Topology;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

/** Test data: floats off-heap, at unaligned addresses. */
final class Floats {
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Floats() {}

    static MemorySegment room(long count) {
        return Arena.ofAuto().allocate(count * Float.BYTES + 1, 8).asSlice(1);
    }

    static MemorySegment bytes(long count) {
        return Arena.ofAuto().allocate(count + 1, 8).asSlice(1);
    }

    static MemorySegment of(float... values) {
        MemorySegment segment = room(values.length);
        for (int i = 0; i < values.length; i++) {
            segment.setAtIndex(FLOAT, i, values[i]);
        }
        return segment;
    }

    static float[] read(MemorySegment segment) {
        float[] values = new float[(int) (segment.byteSize() / Float.BYTES)];
        for (int i = 0; i < values.length; i++) {
            values[i] = segment.getAtIndex(FLOAT, i);
        }
        return values;
    }

    /** Values of very different size, so that another order of addition gives other bits. */
    static float[] rough(long seed, int count) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) ((random.nextDouble() - 0.5) * Math.pow(10, random.nextInt(-6, 7)));
        }
        return values;
    }

    /** ((a + b) + c) + ... */
    static float[] sum(float[]... terms) {
        float[] total = terms[0].clone();
        for (int t = 1; t < terms.length; t++) {
            for (int i = 0; i < total.length; i++) {
                total[i] += terms[t][i];
            }
        }
        return total;
    }

    /** The ranks of each node in their order, then the sums of the nodes in theirs, each rounded. */
    static float[] sumByNode(Topology topology, IntFunction<float[]> term, UnaryOperator<float[]> rounded) {
        float[][] sums = new float[topology.nodeCount()][];
        for (int node = 0; node < sums.length; node++) {
            float[][] terms = new float[topology.rankCount(node)][];
            for (int local = 0; local < terms.length; local++) {
                terms[local] = term.apply(topology.firstRank(node) + local);
            }
            sums[node] = rounded.apply(sum(terms));
        }
        return rounded.apply(sum(sums));
    }
}
