package io.witan.runtime.checkpoint;

/** Element types that Witan writes and reads; the constant's name is the name in the safetensors header. */
public enum Dtype {
    F32(Float.BYTES),
    I64(Long.BYTES),
    U8(Byte.BYTES);

    private final int byteSize;

    Dtype(int byteSize) {
        this.byteSize = byteSize;
    }

    /** Bytes of one element. */
    public int byteSize() {
        return byteSize;
    }

    /**
     * Bytes of a tensor.
     *
     * @throws ArithmeticException for a negative dimension, or when the product passes 2^63 - 1
     */
    long byteSize(long[] shape) {
        long bytes = byteSize;
        for (long dimension : shape) {
            if (dimension < 0) {
                throw new ArithmeticException("negative dimension");
            }
            bytes = Math.multiplyExact(bytes, dimension);
        }
        return bytes;
    }
}
