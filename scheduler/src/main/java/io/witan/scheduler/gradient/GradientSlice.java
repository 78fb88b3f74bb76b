package io.witan.scheduler.gradient;

/**
 * Bytes of the flat gradient bucket, in the order in which backward makes them, that travel in one segment.
 *
 * @param segment its number, or the number of segments for what is left to the end and exposed
 * @param fromByte first byte, a multiple of {@link GradientProblem#ALIGNMENT}
 * @param toByte after the last one
 */
public record GradientSlice(int segment, long fromByte, long toByte) {
    public long bytes() {
        return toByte - fromByte;
    }
}
