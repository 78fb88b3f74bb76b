package io.witan.kernels.cuda;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.witan.kernels.reference.Tolerance;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** A bf16 operand on the device, and its values on the host. */
final class DeviceBf16 {
    /** Unit roundoff: eight bits of significand. */
    private static final double U = 0x1p-8;

    private static final short NAN = 0x7fc0;

    private final Twins twins;
    private final int count;
    private final short[] bits;
    private final MemorySegment onDevice;

    private DeviceBf16(Twins twins, short[] bits) {
        this.twins = twins;
        this.bits = bits;
        count = bits.length;
        onDevice = twins.device().allocate(2L * count);
        try (Arena arena = Arena.ofConfined()) {
            twins.device().copyIn(arena.allocateFrom(JAVA_SHORT, bits), onDevice, 2L * count);
        }
    }

    static DeviceBf16 normal(Twins twins, int count) {
        short[] bits = new short[count];
        for (int i = 0; i < count; i++) {
            bits[i] = (short) (Float.floatToRawIntBits((float) twins.random().nextGaussian()) >>> 16);
        }
        return new DeviceBf16(twins, bits);
    }

    static DeviceBf16 poison(Twins twins, int count) {
        short[] bits = new short[count];
        Arrays.fill(bits, NAN);
        return new DeviceBf16(twins, bits);
    }

    static MemorySegment[] segments(DeviceBf16[] all) {
        return Arrays.stream(all).map(DeviceBf16::device).toArray(MemorySegment[]::new);
    }

    /** Results of sums of n terms in fp32, rounded to bf16 then, or functions of such sums with slopes of about 1. */
    static Tolerance tolerance(int n) {
        return new Tolerance(U + Tolerance.sums(n).relative() * 4, Float.MIN_NORMAL, Tolerance.Scale.LARGEST);
    }

    MemorySegment device() {
        return onDevice;
    }

    private static float value(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** What it was made with. */
    double[] values() {
        double[] values = new double[count];
        Arrays.setAll(values, i -> value(bits[i]));
        return values;
    }

    /** What the device holds. */
    float[] actual() {
        float[] values = new float[count];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocate(2L * count, 16);
            twins.device().copyOut(onDevice, copy, 2L * count);
            for (int i = 0; i < count; i++) {
                values[i] = value(copy.getAtIndex(JAVA_SHORT, i));
            }
        }
        return values;
    }
}
