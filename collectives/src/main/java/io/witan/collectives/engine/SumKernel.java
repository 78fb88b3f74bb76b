package io.witan.collectives.engine;

import java.lang.foreign.MemorySegment;

/** Element-wise sums in a fixed order: ((a + b) + c) + ... in the order of the terms, accumulated in fp32. */
public interface SumKernel {
    SumKernel FP32 = new Fp32Kernel();

    /** Each sum is rounded once, to nearest, ties to even. */
    SumKernel BF16 = new Bf16Kernel();

    int elementBytes();

    /**
     * Writes the sums of the bytes {@code from} to {@code to}, whole elements, little-endian.
     *
     * @param sum its byte i lies at sumAt + i; may be exactly one of the terms
     * @param term at least one; byte i of term t lies at termAt[t] + i
     */
    void add(MemorySegment sum, long sumAt, MemorySegment[] term, long[] termAt, long from, long to);
}
