package io.witan.kernels.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * exp and the standard normal distribution, lane by lane. The polynomials are minimax fits made for this class; error
 * bounds are in docs/numerics.md and tested over the whole range.
 */
public final class VectorMath {
    /** Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits. */
    private static final float ROUND = 0x1.8p23f;

    private static final int ROUND_BITS = Float.floatToRawIntBits(ROUND);
    private static final float LOG2_E = 1.44269504088896f;
    /** ln 2 in two parts; the first has 10 significant bits, so that its product with an exponent is exact. */
    private static final float LN2_HIGH = 0.693359375f;

    private static final float LN2_LOW = -2.12194440054691e-4f;
    private static final float EXP_ZERO = -104f;
    private static final float EXP_INFINITE = 89f;
    /** Beyond this the density and the smaller tail are 0 in fp32, and its square is still small. */
    private static final float TAIL_END = 15f;

    private static final float INV_SQRT_2PI = 0.3989422804f;

    private VectorMath() {}

    /** e^x; 0 below -104, infinity above 88.73, NaN for NaN. Relative error below 2e-7 where the result is normal. */
    public static FloatVector exp(FloatVector x) {
        FloatVector bounded = x.blend(EXP_ZERO, x.compare(VectorOperators.LT, EXP_ZERO));
        bounded = bounded.blend(EXP_INFINITE, bounded.compare(VectorOperators.GT, EXP_INFINITE));
        FloatVector shifted = bounded.lanewise(VectorOperators.FMA, LOG2_E, ROUND);
        FloatVector n = shifted.sub(ROUND);
        FloatVector r = n.lanewise(VectorOperators.FMA, FloatVector.broadcast(Lanes.SPECIES, -LN2_HIGH), bounded);
        r = n.lanewise(VectorOperators.FMA, FloatVector.broadcast(Lanes.SPECIES, -LN2_LOW), r);

        FloatVector q = FloatVector.broadcast(Lanes.SPECIES, 0.00138146971546f);
        q = step(q, r, 0.00836877333169f);
        q = step(q, r, 0.0416683893674f);
        q = step(q, r, 0.166665201841f);
        q = step(q, r, 0.499999934371f);
        FloatVector y = q.lanewise(VectorOperators.FMA, r.mul(r), r).add(1f);

        // 2^n in two factors: neither overflows nor underflows where the product does not.
        IntVector exponent = shifted.reinterpretAsInts().sub(ROUND_BITS);
        IntVector half = exponent.lanewise(VectorOperators.ASHR, 1);
        return y.mul(powerOfTwo(half)).mul(powerOfTwo(exponent.sub(half)));
    }

    private static FloatVector powerOfTwo(IntVector exponent) {
        return exponent.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    }

    private static FloatVector step(FloatVector sum, FloatVector x, float coefficient) {
        return sum.lanewise(VectorOperators.FMA, x, FloatVector.broadcast(Lanes.SPECIES, coefficient));
    }

    /** 1 / (1 + e^-x). */
    public static FloatVector sigmoid(FloatVector x) {
        FloatVector one = FloatVector.broadcast(Lanes.SPECIES, 1f);
        return one.div(exp(x.neg()).add(1f));
    }

    /** e^(-x*x/2); the rounding error of the square is carried along. */
    static FloatVector gaussian(FloatVector x) {
        FloatVector a = x.abs();
        a = a.blend(TAIL_END, a.compare(VectorOperators.GT, TAIL_END));
        FloatVector square = a.mul(a);
        FloatVector rest = a.lanewise(VectorOperators.FMA, a, square.neg());
        FloatVector e = exp(square.mul(-0.5f));
        return e.lanewise(VectorOperators.FMA, rest.mul(-0.5f), e);
    }

    /** Phi(x), the normal cumulative distribution, with a small relative error in the lower tail too. */
    public static FloatVector normalCdf(FloatVector x) {
        return normalCdf(x, gaussian(x));
    }

    private static FloatVector normalCdf(FloatVector x, FloatVector gaussian) {
        FloatVector a = x.abs();
        a = a.blend(TAIL_END, a.compare(VectorOperators.GT, TAIL_END));
        FloatVector one = FloatVector.broadcast(Lanes.SPECIES, 1f);
        // Phi(-a) = e^(-a*a/2) * t * p(t) with t = 1 / (1 + 0.3 a)
        FloatVector t = one.div(a.lanewise(VectorOperators.FMA, 0.3f, 1f));
        FloatVector p = FloatVector.broadcast(Lanes.SPECIES, -0.020628643756579f);
        p = step(p, t, 0.11246470058655f);
        p = step(p, t, -0.22828457618289f);
        p = step(p, t, 0.19188301758272f);
        p = step(p, t, -0.079508945915485f);
        p = step(p, t, 0.096204813718601f);
        p = step(p, t, 0.078372256921034f);
        p = step(p, t, 0.11023934052141f);
        p = step(p, t, 0.11957131814392f);
        p = step(p, t, 0.11968671664803f);
        FloatVector tail = p.mul(t).mul(gaussian);
        return tail.blend(one.sub(tail), x.compare(VectorOperators.GT, 0f));
    }

    /** x * Phi(x). */
    public static FloatVector gelu(FloatVector x) {
        return x.mul(normalCdf(x));
    }

    /** Phi(x) + x * phi(x). */
    public static FloatVector geluDerivative(FloatVector x) {
        FloatVector gaussian = gaussian(x);
        return x.mul(INV_SQRT_2PI).lanewise(VectorOperators.FMA, gaussian, normalCdf(x, gaussian));
    }
}
