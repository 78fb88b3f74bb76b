package io.witan.collectives;

import io.witan.collectives.engine.SumKernel;

/** What a reduction adds. Sums are accumulated in fp32 in ascending rank order. */
public enum ElementType {
    FP32(SumKernel.FP32),
    /** bfloat16: each sum over ranks is rounded once, to nearest, ties to even. */
    BF16(SumKernel.BF16);

    private final SumKernel kernel;

    ElementType(SumKernel kernel) {
        this.kernel = kernel;
    }

    public int bytes() {
        return kernel.elementBytes();
    }

    SumKernel kernel() {
        return kernel;
    }
}
