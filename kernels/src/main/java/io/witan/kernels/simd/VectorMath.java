package io.witan.kernels.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * exp and the standard normal distribution, lane by lane. The polynomials are minimax fits made for this class; error
 * bounds are in docs/numerics.md and tested over the whole range.
 *
 * <p>These are meant to be inlined into loops. C2 stops inlining after about 35 vector operations in a method, and a call
 * that is not inlined boxes its vectors: keep a loop to one exp or one normalCdf, and its tail in another method.
 */
public final class VectorMath {
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

    private VectorMath() {}

    /** e^x for x in -87.33..88.37, relative error below 2e-7; 0 below -88, infinity above 88.38, NaN for NaN. */
    public static FloatVector exp(FloatVector x) {
        FloatVector bounded = x.blend(EXP_ZERO, x.compare(VectorOperators.LT, EXP_ZERO));
        bounded = bounded.blend(EXP_INFINITE, bounded.compare(VectorOperators.GT, EXP_INFINITE));
        FloatVector shifted = bounded.lanewise(VectorOperators.FMA, LOG2_E, ROUND);
        FloatVector n = shifted.sub(ROUND);
        FloatVector r = n.lanewise(VectorOperators.FMA, FloatVector.broadcast(Lanes.SPECIES, -LN2_HIGH), bounded);
        r = n.lanewise(VectorOperators.FMA, FloatVector.broadcast(Lanes.SPECIES, -LN2_LOW), r);
        FloatVector q = r.lanewise(VectorOperators.FMA, 0.00138146971546f, 0.00836877333169f);
        q = q.lanewise(VectorOperators.FMA, r, FloatVector.broadcast(Lanes.SPECIES, 0.0416683893674f));
        q = q.lanewise(VectorOperators.FMA, r, FloatVector.broadcast(Lanes.SPECIES, 0.166665201841f));
        q = q.lanewise(VectorOperators.FMA, r, FloatVector.broadcast(Lanes.SPECIES, 0.499999934371f));
        FloatVector y = q.lanewise(VectorOperators.FMA, r.mul(r), r).add(1f);
        // The low bits of shifted are n: moved up, they are the exponent of 2^n, save for the bias.
        return y.mul(shifted.reinterpretAsInts()
                .lanewise(VectorOperators.LSHL, EXPONENT_SHIFT)
                .add(EXPONENT_ONE)
                .reinterpretAsFloats());
    }

    /** -x*x/2 rounded, |x| cut at 15: what {@link #normalCdf} wants the exponential of. */
    public static FloatVector gaussianExponent(FloatVector x) {
        FloatVector a = x.abs();
        a = a.blend(TAIL_END, a.compare(VectorOperators.GT, TAIL_END));
        return a.mul(a).mul(-0.5f);
    }

    /**
     * e^(-x*x/2) from the exponential of its rounded exponent: the rounding error of the square is put back.
     *
     * @param e exp(gaussianExponent(x))
     */
    public static FloatVector gaussian(FloatVector x, FloatVector e) {
        FloatVector a = x.abs();
        a = a.blend(TAIL_END, a.compare(VectorOperators.GT, TAIL_END));
        FloatVector rest = a.lanewise(VectorOperators.FMA, a, a.mul(a).neg());
        return e.lanewise(VectorOperators.FMA, rest.mul(-0.5f), e);
    }

    /**
     * Phi(x), the normal cumulative distribution, with a small relative error in the lower tail too.
     *
     * @param gaussian e^(-x*x/2)
     */
    public static FloatVector normalCdf(FloatVector x, FloatVector gaussian) {
        // Phi(-a) = e^(-a*a/2) * t * p(t) with t = 1 / (1 + 0.3 a)
        FloatVector t = FloatVector.broadcast(Lanes.SPECIES, 1f).div(x.abs().lanewise(VectorOperators.FMA, 0.3f, 1f));
        FloatVector p = t.lanewise(VectorOperators.FMA, -0.020628643756579f, 0.11246470058655f);
        p = p.lanewise(VectorOperators.FMA, t, FloatVector.broadcast(Lanes.SPECIES, -0.22828457618289f));
        p = p.lanewise(VectorOperators.FMA, t, FloatVector.broadcast(Lanes.SPECIES, 0.19188301758272f));
        p = p.lanewise(VectorOperators.FMA, t, FloatVector.broadcast(Lanes.SPECIES, -0.079508945915485f));
        p = p.lanewise(VectorOperators.FMA, t, FloatVector.broadcast(Lanes.SPECIES, 0.096204813718601f));
        p = p.lanewise(VectorOperators.FMA, t, FloatVector.broadcast(Lanes.SPECIES, 0.078372256921034f));
        p = p.lanewise(VectorOperators.FMA, t, FloatVector.broadcast(Lanes.SPECIES, 0.11023934052141f));
        p = p.lanewise(VectorOperators.FMA, t, FloatVector.broadcast(Lanes.SPECIES, 0.11957131814392f));
        p = p.lanewise(VectorOperators.FMA, t, FloatVector.broadcast(Lanes.SPECIES, 0.11968671664803f));
        FloatVector tail = p.mul(t).mul(gaussian);
        return tail.blend(tail.neg().add(1f), x.compare(VectorOperators.GT, 0f));
    }

    /** Phi(x) + x * phi(x), the derivative of x * Phi(x). */
    public static FloatVector geluDerivative(FloatVector x, FloatVector gaussian, FloatVector cdf) {
        return x.mul(INV_SQRT_2PI).lanewise(VectorOperators.FMA, gaussian, cdf);
    }
}
