package io.witan.kernels;

/** How the rows and weights that experts multiply lie in memory. */
public enum ElementFormat {
    FP32(Float.BYTES),
    /** The upper half of an fp32, rounded to nearest, ties to even. */
    BF16(Short.BYTES);

    private final int elementBytes;

    ElementFormat(int elementBytes) {
        this.elementBytes = elementBytes;
    }

    /** Bytes of so many elements. */
    public long bytes(long count) {
        return count * elementBytes;
    }
}
