package io.witan.benchmarks.gpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.witan.kernels.cuda.device.Device;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Normally distributed numbers for operands of any size. A pool of them lies on the device; a buffer is filled with the pool from
 * some place on, over and over, so that filling takes the time of a copy and the host knows every element.
 */
final class RandomData {
    private final Device device;
    private final float[] fp32;
    private final float[] bf16;
    private final Map<String, MemorySegment> pools = new HashMap<>();
    private final SplittableRandom random = new SplittableRandom(1);

    /** @param count of the pool: no multiple of a row's width, else rows repeat */
    RandomData(Device device, int count) {
        this.device = device;
        fp32 = new float[count];
        bf16 = new float[count];
        for (int i = 0; i < count; i++) {
            fp32[i] = (float) random.nextGaussian();
            bf16[i] = Float.intBitsToFloat(bf16Bits(fp32[i]) << 16);
        }
    }

    /** To nearest, of two the even one. */
    private static int bf16Bits(float value) {
        int bits = Float.floatToRawIntBits(value);
        return bits + 0x7fff + (bits >>> 16 & 1) >>> 16;
    }

    /** What a buffer was filled with. */
    record Filled(MemorySegment segment, float[] values, int shift, float scale) {
        double at(long index) {
            return (double) values[(int) ((index + shift) % values.length)] * scale;
        }
    }

    /** Fills {@code count} elements with bf16 numbers of deviation 2^exponent. */
    Filled bf16(MemorySegment to, long count, int exponent) {
        return fill(to, count, exponent, bf16, Short.BYTES);
    }

    /** Fills {@code count} elements with fp32 numbers of deviation 2^exponent. */
    Filled fp32(MemorySegment to, long count, int exponent) {
        return fill(to, count, exponent, fp32, Float.BYTES);
    }

    /** The exponent at which sums of so many products with normal numbers have a deviation of about 1. */
    static int exponentFor(int terms) {
        return (int) -Math.round(Math.log(terms) / Math.log(2) / 2);
    }

    private Filled fill(MemorySegment to, long count, int exponent, float[] values, int bytes) {
        float scale = Math.scalb(1f, exponent);
        MemorySegment pool = pools.computeIfAbsent(bytes + " " + exponent, _ -> upload(values, scale, bytes));
        int shift = random.nextInt(values.length);
        long from = shift;
        for (long done = 0; done < count; ) {
            long n = Math.min(values.length - from, count - done);
            device.copyWithin(pool.asSlice(from * bytes), to.asSlice(done * bytes), n * bytes);
            done += n;
            from = 0;
        }
        return new Filled(to, values, shift, scale);
    }

    private MemorySegment upload(float[] values, float scale, int bytes) {
        long size = (long) values.length * bytes;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate(size, Float.BYTES);
            for (int i = 0; i < values.length; i++) {
                float value = values[i] * scale;
                if (bytes == Float.BYTES) {
                    host.setAtIndex(JAVA_FLOAT, i, value);
                } else {
                    host.setAtIndex(JAVA_SHORT, i, (short) (Float.floatToRawIntBits(value) >>> 16));
                }
            }
            MemorySegment pool = device.allocate(size);
            device.copyIn(host, pool, size);
            return pool;
        }
    }
}
