package io.witan.kernels.simd;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.kernels.reference.Reference;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

/** The bounds that docs/numerics.md states, over the whole range of fp32 arguments. */
class ElementaryTest {
    private static final int N = Lanes.COUNT;
    private static final MemorySegment MEMORY = Arena.global().allocate(12L * N, 64);
    private static final long X = MEMORY.address();
    private static final long G = X + 4L * N;
    private static final long Y = X + 8L * N;

    private static float apply(UnaryOperator<float[]> f, float x) {
        float[] all = new float[N];
        Arrays.fill(all, x);
        return f.apply(all)[0];
    }

    private static float[] onVector(float[] x, Runnable loop) {
        for (int i = 0; i < N; i++) {
            Lanes.set(X + 4L * i, x[i]);
        }
        loop.run();
        float[] y = new float[N];
        for (int i = 0; i < N; i++) {
            y[i] = Lanes.get(Y + 4L * i);
        }
        return y;
    }

    private static float[] exp(float[] x) {
        return onVector(x, () -> Elementary.exp(X, Y, 1f, 0f, N));
    }

    private static float[] normalCdf(float[] x) {
        return onVector(x, () -> {
            Elementary.gaussian(X, G, N);
            Elementary.normalCdf(X, G, Y, N);
        });
    }

    private static float[] gelu(float[] x) {
        return onVector(x, () -> {
            Elementary.gaussian(X, G, N);
            Elementary.normalCdf(X, G, Y, N);
            Rows.multiply(X, Y, Y, N);
        });
    }

    private static float[] geluDerivative(float[] x) {
        return onVector(x, () -> {
            Elementary.gaussian(X, G, N);
            Elementary.normalCdf(X, G, Y, N);
            Elementary.geluDerivative(X, G, Y, Y, N);
        });
    }

    /** Largest error relative to the result, where that is a normal number; below, the absolute error is checked. */
    private static double worst(UnaryOperator<float[]> f, DoubleUnaryOperator exact, float from, float to) {
        double worst = 0;
        int steps = 60_000;
        float[] x = new float[Lanes.COUNT];
        for (int i = 0; i < steps; i += Lanes.COUNT) {
            for (int lane = 0; lane < Lanes.COUNT; lane++) {
                x[lane] = (float) (from + (to - (double) from) * (i + lane) / steps);
            }
            float[] y = f.apply(x);
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

    @Test
    void expIsAccurateEverywhere() {
        assertThat(worst(ElementaryTest::exp, StrictMath::exp, -87.33f, 88.37f)).isLessThan(2e-7);
        assertThat(worst(ElementaryTest::exp, StrictMath::exp, -1, 1)).isLessThan(1.5e-7);
        assertThat(worst(ElementaryTest::exp, StrictMath::exp, -1e-6f, 1e-6f)).isLessThan(1e-7);
    }

    @Test
    void expKnowsItsEnds() {
        assertThat(apply(ElementaryTest::exp, 0f)).isEqualTo(1f);
        assertThat(apply(ElementaryTest::exp, -0f)).isEqualTo(1f);
        assertThat(apply(ElementaryTest::exp, -1e30f)).isZero();
        assertThat(apply(ElementaryTest::exp, Float.NEGATIVE_INFINITY)).isZero();
        assertThat(apply(ElementaryTest::exp, 1e30f)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(apply(ElementaryTest::exp, Float.POSITIVE_INFINITY)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(apply(ElementaryTest::exp, 88.73f)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(apply(ElementaryTest::exp, 88.37f)).isFinite();
        assertThat(apply(ElementaryTest::exp, -88.01f)).isZero();
        for (float x = -89; x < -87.3f; x += 1e-3f) {
            assertThat(apply(ElementaryTest::exp, x)).isBetween(0f, 1.3e-38f);
        }
        assertThat(apply(ElementaryTest::exp, Float.NaN)).isNaN();
    }

    @Test
    void normalCdfIsAccurateInTheTailToo() {
        assertThat(worst(ElementaryTest::normalCdf, Reference::normalCdf, -12.9f, 0))
                .isLessThan(1e-6);
        assertThat(worst(ElementaryTest::normalCdf, Reference::normalCdf, 0, 20))
                .isLessThan(4e-7);
        assertThat(apply(ElementaryTest::normalCdf, Float.NaN)).isNaN();
        assertThat(apply(ElementaryTest::normalCdf, -1e30f)).isZero();
        assertThat(apply(ElementaryTest::normalCdf, 1e30f)).isEqualTo(1f);
        assertThat(apply(ElementaryTest::normalCdf, Float.NEGATIVE_INFINITY)).isZero();
        assertThat(apply(ElementaryTest::normalCdf, Float.POSITIVE_INFINITY)).isEqualTo(1f);
    }

    @Test
    void geluIsRelativelyAccurate() {
        assertThat(worst(ElementaryTest::gelu, Reference::gelu, -12.9f, 20)).isLessThan(1e-6);
        assertThat(apply(ElementaryTest::gelu, 1e30f)).isEqualTo(1e30f);
        assertThat(apply(ElementaryTest::gelu, -1e30f)).isZero();
    }

    @Test
    void geluDerivativeIsAbsolutelyAccurate() {
        double worst = 0;
        for (int i = -200_000; i <= 200_000; i += 7) {
            float x = i * 1e-4f;
            worst = Math.max(worst, Math.abs(apply(ElementaryTest::geluDerivative, x) - Reference.geluDerivative(x)));
        }
        assertThat(worst).isLessThan(3e-7);
    }

    @Test
    void expReturnsItsSumAndTakesTheFactor() {
        for (int i = 0; i < N; i++) {
            Lanes.set(X + 4L * i, i * 0.25f);
        }
        float sum = Elementary.exp(X, Y, -1f, 2f, N);
        double expected = 0;
        for (int i = 0; i < N; i++) {
            expected += StrictMath.exp(-i * 0.25 - 2);
        }
        assertThat((double) sum).isCloseTo(expected, org.assertj.core.api.Assertions.within(1e-6 * expected));
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
