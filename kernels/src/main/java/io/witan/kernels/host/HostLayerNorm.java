package io.witan.kernels.host;

import static io.witan.kernels.simd.Lanes.MEMORY;
import static io.witan.kernels.simd.Lanes.ORDER;
import static io.witan.kernels.simd.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

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
    void addBias(MemorySegment bias, long y, int cols) {
        Rows.add(bias.address(), y, cols);
    }

    @Override
    void addBiasGradient(MemorySegment dBias, int col, FloatVector sum, VectorMask<Float> mask) {
        long address = dBias.address() + 4L * col;
        fromMemorySegment(SPECIES, MEMORY, address, ORDER, mask)
                .add(sum)
                .intoMemorySegment(MEMORY, address, ORDER, mask);
    }
}
