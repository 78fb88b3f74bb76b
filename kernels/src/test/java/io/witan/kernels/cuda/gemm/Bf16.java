package io.witan.kernels.cuda.gemm;

import io.witan.kernels.cuda.Twins;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** An even number of bf16 values on the device, two to an int32 of a {@link Twins.Pair}. */
public final class Bf16 {
    private static final int NAN = 0x7fc0;

    private final Twins.Pair pair;

    private Bf16(Twins twins, int[] halves) {
        int[] pairs = new int[halves.length / 2];
        Arrays.setAll(pairs, i -> halves[2 * i] | halves[2 * i + 1] << 16);
        pair = twins.ints(pairs);
    }

    /** Random values, rounded. */
    public static Bf16 normal(Twins twins, int count, double scale) {
        int[] halves = new int[count];
        Arrays.setAll(halves, i -> round((float) (twins.random().nextGaussian() * scale)));
        return new Bf16(twins, halves);
    }

    public static Bf16 poison(Twins twins, int count) {
        int[] halves = new int[count];
        Arrays.fill(halves, NAN);
        return new Bf16(twins, halves);
    }

    /** The bits of the nearest bf16, of two the even one. */
    private static int round(float value) {
        int bits = Float.floatToRawIntBits(value);
        return bits + 0x7fff + (bits >>> 16 & 1) >>> 16;
    }

    /** The nearest bf16, as its value. */
    public static double rounded(double value) {
        return Float.intBitsToFloat(round((float) value) << 16);
    }

    public MemorySegment device() {
        return pair.device();
    }

    /** What it was filled with. */
    public double[] values() {
        return decoded(pair.expectedInts());
    }

    /** The device's contents. */
    public float[] actual() {
        double[] values = decoded(pair.actualInts());
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    private static double[] decoded(int[] pairs) {
        double[] values = new double[2 * pairs.length];
        Arrays.setAll(values, i -> Float.intBitsToFloat(pairs[i / 2] << (i % 2 == 0 ? 16 : 0) & 0xffff0000));
        return values;
    }
}
