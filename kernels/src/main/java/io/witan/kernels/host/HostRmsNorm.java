package io.witan.kernels.host;

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
    void addBias(MemorySegment bias, long y, int cols) {}

    @Override
    void addBiasGradient(MemorySegment dBias, int col, FloatVector sum, VectorMask<Float> mask) {}
}
