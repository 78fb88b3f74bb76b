package io.witan.kernels.feedforward;

import io.witan.kernels.ElementFormat;
import io.witan.kernels.FeedForwardKernel.Shape;
import java.lang.foreign.MemorySegment;

/**
 * What forward leaves for backward, each [rows, F].
 *
 * @param h what w2 multiplies
 * @param slope of h by x w1^T
 * @param upSlope of h by x w3^T; null for GELU
 */
public record SavedHidden(MemorySegment h, MemorySegment slope, MemorySegment upSlope) {
    /** Bytes of all together. */
    public static long bytes(Shape shape, ElementFormat format) {
        return Parts.bytes(partBytes(shape, format)) * shape.activation().matrices();
    }

    /** Bytes of one. */
    public static long partBytes(Shape shape, ElementFormat format) {
        return format.bytes(shape.hiddenElements());
    }

    /** Where they lie in a buffer of so many bytes. */
    public static SavedHidden in(MemorySegment buffer, Shape shape, ElementFormat format) {
        Parts parts = new Parts(buffer);
        long bytes = partBytes(shape, format);
        return new SavedHidden(
                parts.next(bytes), parts.next(bytes), shape.activation().isGated() ? parts.next(bytes) : null);
    }
}
