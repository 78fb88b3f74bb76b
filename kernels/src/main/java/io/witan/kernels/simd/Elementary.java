package io.witan.kernels.simd;

import static io.witan.kernels.simd.Lanes.COUNT;
import static io.witan.kernels.simd.Lanes.MEMORY;
import static io.witan.kernels.simd.Lanes.ORDER;
import static io.witan.kernels.simd.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * exp and the standard normal distribution over arrays of whole vectors: n is a multiple of {@link Lanes#COUNT}. The
 * polynomials are minimax fits made for this class; error bounds are in docs/numerics.md and tested over the whole range.
 */
public final class Elementary {
    /** Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits. */
    private static final float ROUND = 0x1.8p23f;

    private static final float LOG2_E = 1.44269504088896f;
    /** ln 2 in two parts; the first has 10 significant bits, so that its product with an exponent is exact. */
    private static final float LN2_HIGH = 0.693359375f;

    private static final float LN2_LOW = -2.12194440054691e-4f;
    /** Here the power of two becomes 0. */
    private static final float EXP_ZERO = -88f;
    /** Here it becomes infinite. */
    private static final float EXP_INFINITE = 88.8f;

    private static final int EXPONENT_SHIFT = 23;
    private static final int EXPONENT_ONE = 127 << EXPONENT_SHIFT;
    /** Beyond this the density and the smaller tail are 0 in fp32, and its square is still small. */
    private static final float TAIL_END = 15f;

    private static final float INV_SQRT_2PI = 0.3989422804f;

    private Elementary() {}

    /**
     * to = e^(factor * a - shift), for factor 1 or -1; returns the sum. For exponents in -87.33..88.37 the relative error
     * is below 2e-7; 0 below -88, infinity above 88.38, NaN for NaN. to may be a.
     */
    public static float exp(long a, long to, float factor, float shift, int n) {
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int i = 0; i < n; i += COUNT) {
            FloatVector x =
                    fromMemorySegment(SPECIES, MEMORY, a + 4L * i, ORDER).lanewise(VectorOperators.FMA, factor, -shift);
            x = x.blend(EXP_ZERO, x.compare(VectorOperators.LT, EXP_ZERO));
            x = x.blend(EXP_INFINITE, x.compare(VectorOperators.GT, EXP_INFINITE));
            FloatVector shifted = x.lanewise(VectorOperators.FMA, LOG2_E, ROUND);
            FloatVector whole = shifted.sub(ROUND);
            FloatVector r = whole.lanewise(VectorOperators.FMA, FloatVector.broadcast(SPECIES, -LN2_HIGH), x);
            r = whole.lanewise(VectorOperators.FMA, FloatVector.broadcast(SPECIES, -LN2_LOW), r);
            FloatVector q = r.lanewise(VectorOperators.FMA, 0.00138146971546f, 0.00836877333169f);
            q = q.lanewise(VectorOperators.FMA, r, FloatVector.broadcast(SPECIES, 0.0416683893674f));
            q = q.lanewise(VectorOperators.FMA, r, FloatVector.broadcast(SPECIES, 0.166665201841f));
            q = q.lanewise(VectorOperators.FMA, r, FloatVector.broadcast(SPECIES, 0.499999934371f));
            FloatVector y = q.lanewise(VectorOperators.FMA, r.mul(r), r).add(1f);
            // The low bits of shifted are the integer: moved up, they are the exponent of 2^n, save for the bias.
            y = y.mul(shifted.reinterpretAsInts()
                    .lanewise(VectorOperators.LSHL, EXPONENT_SHIFT)
                    .add(EXPONENT_ONE)
                    .reinterpretAsFloats());
            y.intoMemorySegment(MEMORY, to + 4L * i, ORDER);
            sum = sum.add(y);
        }
        return Lanes.sum(sum);
    }

    /** e = e^(-x*x/2); the rounding error of the square is put back. */
    public static void gaussian(long x, long e, int n) {
        for (int i = 0; i < n; i += COUNT) {
            FloatVector a =
                    fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER).abs();
            a = a.blend(TAIL_END, a.compare(VectorOperators.GT, TAIL_END));
            a.mul(a).mul(-0.5f).intoMemorySegment(MEMORY, e + 4L * i, ORDER);
        }
        exp(e, e, 1f, 0f, n);
        for (int i = 0; i < n; i += COUNT) {
            FloatVector a =
                    fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER).abs();
            a = a.blend(TAIL_END, a.compare(VectorOperators.GT, TAIL_END));
            FloatVector rest =
                    a.lanewise(VectorOperators.FMA, a, a.mul(a).neg()).mul(-0.5f);
            FloatVector g = fromMemorySegment(SPECIES, MEMORY, e + 4L * i, ORDER);
            g.lanewise(VectorOperators.FMA, rest, g).intoMemorySegment(MEMORY, e + 4L * i, ORDER);
        }
    }

    /**
     * to = Phi(x), the normal cumulative distribution, with a small relative error in the lower tail too.
     *
     * @param gaussian e^(-x*x/2)
     */
    public static void normalCdf(long x, long gaussian, long to, int n) {
        for (int i = 0; i < n; i += COUNT) {
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER);
            // Phi(-a) = e^(-a*a/2) * t * p(t) with t = 1 / (1 + 0.3 a)
            FloatVector t = FloatVector.broadcast(SPECIES, 1f).div(v.abs().lanewise(VectorOperators.FMA, 0.3f, 1f));
            FloatVector p = t.lanewise(VectorOperators.FMA, -0.020628643756579f, 0.11246470058655f);
            p = p.lanewise(VectorOperators.FMA, t, FloatVector.broadcast(SPECIES, -0.22828457618289f));
            p = p.lanewise(VectorOperators.FMA, t, FloatVector.broadcast(SPECIES, 0.19188301758272f));
            p = p.lanewise(VectorOperators.FMA, t, FloatVector.broadcast(SPECIES, -0.079508945915485f));
            p = p.lanewise(VectorOperators.FMA, t, FloatVector.broadcast(SPECIES, 0.096204813718601f));
            p = p.lanewise(VectorOperators.FMA, t, FloatVector.broadcast(SPECIES, 0.078372256921034f));
            p = p.lanewise(VectorOperators.FMA, t, FloatVector.broadcast(SPECIES, 0.11023934052141f));
            p = p.lanewise(VectorOperators.FMA, t, FloatVector.broadcast(SPECIES, 0.11957131814392f));
            p = p.lanewise(VectorOperators.FMA, t, FloatVector.broadcast(SPECIES, 0.11968671664803f));
            FloatVector tail = p.mul(t).mul(fromMemorySegment(SPECIES, MEMORY, gaussian + 4L * i, ORDER));
            FloatVector cdf = tail.blend(tail.neg().add(1f), v.compare(VectorOperators.GT, 0f));
            cdf.intoMemorySegment(MEMORY, to + 4L * i, ORDER);
        }
    }

    /** to = cdf + x * gaussian / sqrt(2 pi), the derivative of x * Phi(x). to may be any of them. */
    public static void geluDerivative(long x, long gaussian, long cdf, long to, int n) {
        for (int i = 0; i < n; i += COUNT) {
            FloatVector v =
                    fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER).mul(INV_SQRT_2PI);
            FloatVector g = fromMemorySegment(SPECIES, MEMORY, gaussian + 4L * i, ORDER);
            FloatVector c = fromMemorySegment(SPECIES, MEMORY, cdf + 4L * i, ORDER);
            v.lanewise(VectorOperators.FMA, g, c).intoMemorySegment(MEMORY, to + 4L * i, ORDER);
        }
    }
}
