package io.witan.runtime.checkpoint;

import java.util.Arrays;

/**
 * One entry of a safetensors header.
 *
 * @param offset first byte, counted from the start of the data (after the header)
 * @param bytes length; the product of shape times the size of dtype
 */
public record TensorInfo(String name, Dtype dtype, long[] shape, long offset, long bytes) {
    /** The dimensions, outermost first (a copy). */
    @Override
    public long[] shape() {
        return shape.clone();
    }

    /** Number of elements. */
    public long elementCount() {
        return bytes / dtype.byteSize();
    }

    @Override
    public String toString() {
        return name + " " + dtype + " " + Arrays.toString(shape);
    }
}
