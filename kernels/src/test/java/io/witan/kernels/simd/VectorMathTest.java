package io.witan.kernels.simd;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.kernels.reference.Reference;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

/** The bounds that docs/numerics.md states, over the whole range of fp32 arguments. */
class VectorMathTest {
    private static float apply(UnaryOperator<FloatVector> f, float x) {
        return f.apply(FloatVector.broadcast(Lanes.SPECIES, x)).lane(0);
    }

    /** Largest error relative to the result, where that is a normal number; below, the absolute error is checked. */
    private static double worst(UnaryOperator<FloatVector> f, DoubleUnaryOperator exact, float from, float to) {
        double worst = 0;
        int steps = 60_000;
        float[] x = new float[Lanes.COUNT];
        for (int i = 0; i < steps; i += Lanes.COUNT) {
            for (int lane = 0; lane < Lanes.COUNT; lane++) {
                x[lane] = (float) (from + (to - (double) from) * (i + lane) / steps);
            }
            float[] y = f.apply(FloatVector.fromArray(Lanes.SPECIES, x, 0)).toArray();
            for (int lane = 0; lane < Lanes.COUNT; lane++) {
                double expected = exact.applyAsDouble(x[lane]);
                double error = Math.abs(y[lane] - expected);
                if (Math.abs(expected) >= Float.MIN_NORMAL) {
                    worst = Math.max(worst, error / Math.abs(expected));
                } else {
                    assertThat(error).as("at %s", x[lane]).isLessThanOrEqualTo(2 * Float.MIN_VALUE);
                }
            }
        }
        return worst;
    }

    private static FloatVector gaussian(FloatVector x) {
        return VectorMath.gaussian(x, VectorMath.exp(VectorMath.gaussianExponent(x)));
    }

    private static FloatVector normalCdf(FloatVector x) {
        return VectorMath.normalCdf(x, gaussian(x));
    }

    private static FloatVector gelu(FloatVector x) {
        return x.mul(normalCdf(x));
    }

    private static FloatVector geluDerivative(FloatVector x) {
        return VectorMath.geluDerivative(x, gaussian(x), normalCdf(x));
    }

    @Test
    void expIsAccurateEverywhere() {
        assertThat(worst(VectorMath::exp, StrictMath::exp, -87.33f, 88.37f)).isLessThan(2e-7);
        assertThat(worst(VectorMath::exp, StrictMath::exp, -1, 1)).isLessThan(1.5e-7);
        assertThat(worst(VectorMath::exp, StrictMath::exp, -1e-6f, 1e-6f)).isLessThan(1e-7);
    }

    @Test
    void expKnowsItsEnds() {
        assertThat(apply(VectorMath::exp, 0f)).isEqualTo(1f);
        assertThat(apply(VectorMath::exp, -0f)).isEqualTo(1f);
        assertThat(apply(VectorMath::exp, -1e30f)).isZero();
        assertThat(apply(VectorMath::exp, Float.NEGATIVE_INFINITY)).isZero();
        assertThat(apply(VectorMath::exp, 1e30f)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(apply(VectorMath::exp, Float.POSITIVE_INFINITY)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(apply(VectorMath::exp, 88.73f)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(apply(VectorMath::exp, 88.37f)).isFinite();
        assertThat(apply(VectorMath::exp, -88.01f)).isZero();
        for (float x = -89; x < -87.3f; x += 1e-3f) {
            assertThat(apply(VectorMath::exp, x)).isBetween(0f, 1.3e-38f);
        }
        assertThat(apply(VectorMath::exp, Float.NaN)).isNaN();
    }

    @Test
    void normalCdfIsAccurateInTheTailToo() {
        assertThat(worst(VectorMathTest::normalCdf, Reference::normalCdf, -12.9f, 0))
                .isLessThan(1e-6);
        assertThat(worst(VectorMathTest::normalCdf, Reference::normalCdf, 0, 20))
                .isLessThan(4e-7);
        assertThat(apply(VectorMathTest::normalCdf, Float.NaN)).isNaN();
        assertThat(apply(VectorMathTest::normalCdf, -1e30f)).isZero();
        assertThat(apply(VectorMathTest::normalCdf, 1e30f)).isEqualTo(1f);
        assertThat(apply(VectorMathTest::normalCdf, Float.NEGATIVE_INFINITY)).isZero();
        assertThat(apply(VectorMathTest::normalCdf, Float.POSITIVE_INFINITY)).isEqualTo(1f);
    }

    @Test
    void geluIsRelativelyAccurate() {
        assertThat(worst(VectorMathTest::gelu, Reference::gelu, -12.9f, 20)).isLessThan(1e-6);
        assertThat(apply(VectorMathTest::gelu, 1e30f)).isEqualTo(1e30f);
        assertThat(apply(VectorMathTest::gelu, -1e30f)).isZero();
    }

    @Test
    void geluDerivativeIsAbsolutelyAccurate() {
        double worst = 0;
        for (int i = -200_000; i <= 200_000; i += 7) {
            float x = i * 1e-4f;
            worst = Math.max(worst, Math.abs(apply(VectorMathTest::geluDerivative, x) - Reference.geluDerivative(x)));
        }
        assertThat(worst).isLessThan(3e-7);
    }

    @Test
    void sumAddsEveryLaneOnce() {
        float[] powers = new float[Lanes.COUNT];
        for (int i = 0; i < powers.length; i++) {
            powers[i] = 1 << i;
        }
        assertThat(Lanes.sum(FloatVector.fromArray(Lanes.SPECIES, powers, 0))).isEqualTo((1 << Lanes.COUNT) - 1f);
    }
}
