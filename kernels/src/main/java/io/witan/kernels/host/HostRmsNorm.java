package io.witan.kernels.host;

import static io.witan.kernels.simd.Lanes.COUNT;
import static io.witan.kernels.simd.Lanes.MEMORY;
import static io.witan.kernels.simd.Lanes.ORDER;
import static io.witan.kernels.simd.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** Neither centred nor biased. */
final class HostRmsNorm extends HostNorm {
    HostRmsNorm(Workers workers) {
        super(workers);
    }

    @Override
    float centre(long x, int cols) {
        return 0f;
    }

    @Override
    float centreGradient(long dy, long gain, int cols) {
        return 0f;
    }

    @Override
    void checkBias(MemorySegment bias, int cols) {}

    @Override
    void checkBiasGradient(MemorySegment dBias, int cols) {}

    @Override
    void normalise(long x, long gain, MemorySegment bias, long y, int n, float mean, float reciprocal) {
        int i = 0;
        for (; i <= n - COUNT; i += COUNT) {
            fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER)
                    .mul(reciprocal)
                    .mul(fromMemorySegment(SPECIES, MEMORY, gain + 4L * i, ORDER))
                    .intoMemorySegment(MEMORY, y + 4L * i, ORDER);
        }
        if (i < n) {
            VectorMask<Float> mask = SPECIES.indexInRange(0, n - i);
            fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER, mask)
                    .mul(reciprocal)
                    .mul(fromMemorySegment(SPECIES, MEMORY, gain + 4L * i, ORDER, mask))
                    .intoMemorySegment(MEMORY, y + 4L * i, ORDER, mask);
        }
    }

    @Override
    void addBiasGradient(MemorySegment dBias, int col, FloatVector sum, VectorMask<Float> mask) {}
}
