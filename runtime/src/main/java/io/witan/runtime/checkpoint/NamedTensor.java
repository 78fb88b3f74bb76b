package io.witan.runtime.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A tensor to be written. The caller keeps the segment and must not change it until the write returns.
 *
 * @param name unique in its checkpoint
 * @param dtype element type
 * @param shape dimensions, outermost first; empty for a scalar
 * @param data exactly the bytes of the shape, little-endian, row-major
 */
public record NamedTensor(String name, Dtype dtype, long[] shape, MemorySegment data) {
    public NamedTensor {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(dtype, "dtype");
        Objects.requireNonNull(data, "data");
        shape = shape.clone();
    }

    /** An F32 tensor. */
    public NamedTensor(String name, long[] shape, MemorySegment data) {
        this(name, Dtype.F32, shape, data);
    }

    StreamedTensor streamed() {
        return new StreamedTensor(name, dtype, shape, StreamedTensor.Content.of(data));
    }
}
