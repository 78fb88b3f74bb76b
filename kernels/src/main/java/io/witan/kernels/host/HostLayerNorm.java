package io.witan.kernels.host;

import static io.witan.kernels.simd.Lanes.COUNT;
import static io.witan.kernels.simd.Lanes.MEMORY;
import static io.witan.kernels.simd.Lanes.ORDER;
import static io.witan.kernels.simd.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import io.witan.kernels.operand.Operand;
import io.witan.kernels.simd.Rows;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

final class HostLayerNorm extends HostNorm {
    HostLayerNorm(Workers workers) {
        super(workers);
    }

    @Override
    float centre(long x, int cols) {
        return Rows.sum(x, cols) / cols;
    }

    @Override
    float centreGradient(long dy, long gain, int cols) {
        return Rows.dot(dy, gain, cols) / cols;
    }

    @Override
    void checkBias(MemorySegment bias, int cols) {
        Operand.in("norm bias", bias, cols);
    }

    @Override
    void checkBiasGradient(MemorySegment dBias, int cols) {
        Operand.out("norm dBias", dBias, cols);
    }

    @Override
    void normalise(long x, long gain, MemorySegment bias, long y, int n, float mean, float reciprocal) {
        long shift = bias.address();
        int i = 0;
        for (; i <= n - COUNT; i += COUNT) {
            fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER)
                    .sub(mean)
                    .mul(reciprocal)
                    .mul(fromMemorySegment(SPECIES, MEMORY, gain + 4L * i, ORDER))
                    .add(fromMemorySegment(SPECIES, MEMORY, shift + 4L * i, ORDER))
                    .intoMemorySegment(MEMORY, y + 4L * i, ORDER);
        }
        if (i < n) {
            VectorMask<Float> mask = SPECIES.indexInRange(0, n - i);
            fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER, mask)
                    .sub(mean)
                    .mul(reciprocal)
                    .mul(fromMemorySegment(SPECIES, MEMORY, gain + 4L * i, ORDER, mask))
                    .add(fromMemorySegment(SPECIES, MEMORY, shift + 4L * i, ORDER, mask))
                    .intoMemorySegment(MEMORY, y + 4L * i, ORDER, mask);
        }
    }

    @Override
    void addBiasGradient(MemorySegment dBias, int col, FloatVector sum, VectorMask<Float> mask) {
        long address = dBias.address() + 4L * col;
        fromMemorySegment(SPECIES, MEMORY, address, ORDER, mask)
                .add(sum)
                .intoMemorySegment(MEMORY, address, ORDER, mask);
    }
}
