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

    /** Elements of 4 bytes that so many of this format fill, the last one perhaps by half. */
    public long words(long count) {
        return (bytes(count) + Float.BYTES - 1) / Float.BYTES;
    }
}
