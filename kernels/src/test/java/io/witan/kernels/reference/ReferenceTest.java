package io.witan.kernels.reference;

import static io.witan.kernels.reference.Reference.dot;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.kernels.FeedForwardKernel.Activation;
import io.witan.kernels.FeedForwardKernel.Shape;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The oracle against finite differences and known values; the checkers against corrupted data. */
class ReferenceTest {
    private final Random random = new Random(5);

    private double[] gaussian(int n) {
        return random.doubles(n).map(u -> random.nextGaussian()).toArray();
    }

    @Test
    void normalDistributionHasItsKnownValues() {
        assertThat(Reference.normalCdf(0)).isEqualTo(0.5);
        assertThat(Reference.normalCdf(1)).isCloseTo(0.841344746068542949, within(1e-15));
        assertThat(Reference.normalCdf(-6)).isCloseTo(9.86587645037698e-10, within(1e-23));
        assertThat(Reference.normalCdf(-3.0000001)).isCloseTo(Reference.normalCdf(-3), within(1e-9));
    }

    @Test
    void linearGradients() {
        int rows = 3;
        int in = 4;
        int out = 5;
        double[] x = gaussian(rows * in);
        double[] w = gaussian(out * in);
        double[] dy = gaussian(rows * out);
        FiniteDifferences.check(
                "dx",
                v -> dot(dy, Reference.timesTransposed(v, w, rows, in, out)),
                x,
                Reference.times(dy, w, rows, out, in));
        FiniteDifferences.check(
                "dw",
                v -> dot(dy, Reference.timesTransposed(x, v, rows, in, out)),
                w,
                Reference.transposedTimes(dy, x, out, rows, in));
    }

    @ParameterizedTest
    @ValueSource(doubles = {-20, -4, -3.01, -2.99, -0.7, 0, 0.3, 2.5, 3.5, 20})
    void activationDerivatives(double x) {
        FiniteDifferences.check(
                "gelu", v -> Reference.gelu(v[0]), new double[] {x}, new double[] {Reference.geluDerivative(x)});
        FiniteDifferences.check(
                "silu", v -> Reference.silu(v[0]), new double[] {x}, new double[] {Reference.siluDerivative(x)});
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void normGradients(boolean centred) {
        NormReference norm = new NormReference(centred, 3, 7, 1e-5);
        double[] x = gaussian(21);
        double[] gain = gaussian(7);
        double[] bias = gaussian(7);
        double[] dy = gaussian(21);
        NormReference.Backward g = norm.backward(x, gain, bias, dy);
        FiniteDifferences.check("dx", v -> dot(dy, norm.forward(v, gain, bias).y()), x, g.dx());
        FiniteDifferences.check("dGain", v -> dot(dy, norm.forward(x, v, bias).y()), gain, g.dGain());
        if (centred) {
            FiniteDifferences.check(
                    "dBias", v -> dot(dy, norm.forward(x, gain, v).y()), bias, g.dBias());
        }
    }

    @ParameterizedTest
    @CsvSource({"4, 1, true", "4, 2, true", "4, 4, true", "4, 1, false", "4, 2, false", "4, 4, false", "1, 1, true"})
    void gateGradients(int experts, int topK, boolean renormalised) {
        GateReference gate = new GateReference(3, experts, topK, renormalised);
        double[] logits = gaussian(3 * experts);
        double[] dWeight = gaussian(3 * topK);
        double[] balance = gaussian(experts);
        int[] expert = gate.forward(logits).expert();
        FiniteDifferences.check(
                "dLogits",
                v -> gate.loss(v, expert, dWeight, balance, 0.3),
                logits,
                gate.backward(logits, expert, dWeight, balance, 0.3));
    }

    @Test
    void attentionGradients() {
        AttentionReference attention = new AttentionReference(2, 5, 6, 2);
        double[] qkv = gaussian(2 * 5 * 18);
        double[] dOut = gaussian(2 * 5 * 6);
        FiniteDifferences.check("dQkv", v -> dot(dOut, attention.forward(v)), qkv, attention.backward(qkv, dOut));
    }

    @ParameterizedTest
    @EnumSource
    void feedForwardGradients(Activation activation) {
        Shape shape = new Shape(new int[] {0, 2, 2, 5}, 3, 4, activation);
        FeedForwardReference ffn = new FeedForwardReference(shape, DoubleUnaryOperator.identity());
        double[] x = gaussian(15);
        double[] dy = gaussian(15);
        int expert = (int) shape.expert();
        double[][] weights = {gaussian(expert), null, gaussian(expert)};
        FeedForwardReference.Backward g = ffn.backward(x, weights, ffn.forward(x, weights), dy);
        FiniteDifferences.check("dx", v -> dot(dy, ffn.forward(v, weights).y()), x, g.dx());
        for (int e : new int[] {0, 2}) {
            FiniteDifferences.check(
                    "gradient of expert " + e,
                    v -> {
                        double[][] changed = weights.clone();
                        changed[e] = v;
                        return dot(dy, ffn.forward(x, changed).y());
                    },
                    weights[e],
                    g.dWeights()[e]);
        }
        assertThat(g.dWeights()[1]).containsOnly(0);
    }

    @Test
    void crossEntropyGradient() {
        double[] logits = gaussian(9);
        double[] gradient = Reference.softmax(logits);
        gradient[4] -= 1;
        FiniteDifferences.check("dLogits", v -> Reference.logSumExp(v) - v[4], logits, gradient);
    }

    @Test
    void finiteDifferencesRejectAWrongGradient() {
        assertThatThrownBy(() -> FiniteDifferences.check(
                        "x", v -> v[0] * v[0] + v[1], new double[] {1, 1}, new double[] {2, 1.00001}))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("x[1]");
    }

    @Test
    void toleranceRejectsOneCorruptedElement() {
        double[] expected = gaussian(100);
        float[] actual = new float[100];
        for (int i = 0; i < 100; i++) {
            actual[i] = (float) expected[i];
        }
        Tolerance.sums(64).check("y", expected, actual);
        Tolerance.roundings(1).check("y", expected, actual);
        float kept = actual[37];
        for (float wrong : new float[] {kept + 1e-4f, Float.NaN, Float.POSITIVE_INFINITY, kept + 5}) {
            actual[37] = wrong;
            assertThatThrownBy(() -> Tolerance.sums(64).check("y", expected, actual))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("y[37]");
        }
        assertThatThrownBy(() -> Tolerance.sums(64).check("y", expected, new float[99]))
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void tolerancesGrowWithTheLengthOnly() {
        assertThat(Tolerance.sums(1).relative()).isLessThan(1e-6);
        assertThat(Tolerance.sums(1024).relative()).isLessThan(1e-5);
    }
}
