package io.witan.runtime.checkpoint;

/** Element types that files may have; the constant's name is the name in the safetensors header. Training state is F32. */
public enum Dtype {
    F32(Float.BYTES),
    I64(Long.BYTES),
    U8(Byte.BYTES),
    F16(Short.BYTES),
    /** The upper half of an F32. */
    BF16(Short.BYTES);

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
    public long byteSize(long[] shape) {
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
