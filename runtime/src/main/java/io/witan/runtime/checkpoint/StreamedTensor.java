package io.witan.runtime.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * A tensor to be written whose bytes are made while they are written, so that none of it need be in memory as a whole.
 *
 * @param name unique in its checkpoint
 * @param dtype element type
 * @param shape dimensions, outermost first; empty for a scalar
 * @param content exactly the bytes of the shape, little-endian, row-major
 */
public record StreamedTensor(String name, Dtype dtype, long[] shape, Content content) {
    public StreamedTensor {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(dtype, "dtype");
        Objects.requireNonNull(content, "content");
        shape = shape.clone();
    }

    /** Bytes that are asked for from the first to the last, in pieces that begin at multiples of an element. */
    public interface Content {
        long byteSize();

        /** to[0 .. length) = the bytes from.. on. */
        void copy(long from, byte[] to, int length);

        /** Those of a segment, which must not change until they are written. */
        static Content of(MemorySegment data) {
            return new Content() {
                @Override
                public long byteSize() {
                    return data.byteSize();
                }

                @Override
                public void copy(long from, byte[] to, int length) {
                    MemorySegment.copy(data, ValueLayout.JAVA_BYTE, from, to, 0, length);
                }
            };
        }
    }
}
