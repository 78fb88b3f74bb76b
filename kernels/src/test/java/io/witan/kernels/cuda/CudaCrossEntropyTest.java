package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.reference.Reference;
import io.witan.kernels.reference.Tolerance;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CudaCrossEntropyTest {
    private static int[] targets(Twins twins, int rows, int vocabulary) {
        int[] targets = twins.random().ints(rows, 0, vocabulary).toArray();
        for (int i = 1; i < rows; i += 3) {
            targets[i] = i % 2 == 0 ? -1 : -100;
        }
        if (rows > 3) {
            targets[0] = 0;
            targets[3] = vocabulary - 1;
        }
        return targets;
    }

    @ParameterizedTest
    @CsvSource({
        "0, 9, 1",
        "1, 1, 1",
        "5, 2, 1",
        "7, 17, 3",
        "7, 257, 1",
        "4, 2049, 1",
        "9, 33, 80",
        "9, 50, 10000",
        "3, 31003, 1"
    })
    void matchesTheHost(int rows, int vocabulary, double scale) {
        try (Twins twins = new Twins()) {
            CudaCrossEntropy cuda = new CudaCrossEntropy(twins.device());
            var host = twins.host().crossEntropy();
            var logits = twins.normal(rows * vocabulary, scale);
            var targets = twins.ints(targets(twins, rows, vocabulary));
            var losses = twins.poison(rows);
            var both = twins.poison(rows);
            int[] before = logits.expectedInts();

            host.forward(logits.host(), targets.host(), losses.host(), rows, vocabulary);
            cuda.forward(logits.device(), targets.device(), losses.device(), rows, vocabulary);
            assertThat(logits.actualInts()).isEqualTo(before);
            Tolerance.sums(vocabulary).around(1).check("losses", losses.expected(), losses.actual());

            host.forwardBackward(logits.host(), targets.host(), both.host(), 0.5f, rows, vocabulary);
            cuda.forwardBackward(logits.device(), targets.device(), both.device(), 0.5f, rows, vocabulary);
            assertThat(both.actualInts()).isEqualTo(losses.actualInts());
            Tolerance.sums(vocabulary).around(0.5).check("gradient", logits.expected(), logits.actual());
        }
    }

    @Test
    void rowsNeedNotBeAligned() {
        try (Twins twins = new Twins()) {
            CudaCrossEntropy cuda = new CudaCrossEntropy(twins.device());
            for (int vocabulary : new int[] {1, 3, 6, 9}) {
                for (int shift = 0; shift < 4; shift++) {
                    var logits = twins.normal(shift + 3 * vocabulary, 1);
                    var targets = twins.ints(vocabulary / 2, -1, vocabulary - 1);
                    var losses = twins.poison(3);
                    var onHost = logits.host().asSlice(4L * shift);
                    var onDevice = logits.device().asSlice(4L * shift);
                    twins.host()
                            .crossEntropy()
                            .forwardBackward(onHost, targets.host(), losses.host(), 2, 3, vocabulary);
                    cuda.forwardBackward(onDevice, targets.device(), losses.device(), 2, 3, vocabulary);
                    Tolerance.sums(vocabulary).around(1).check("losses", losses.expected(), losses.actual());
                    Tolerance.sums(vocabulary).around(2).check("gradient", logits.expected(), logits.actual());
                }
            }
        }
    }

    /** An exponent of -30 in powers of two is 43: two roundings of it, of its factor and of the product. */
    @Test
    void aSureTokenKeepsItsSmallLossAndGradient() {
        try (Twins twins = new Twins()) {
            CudaCrossEntropy cuda = new CudaCrossEntropy(twins.device());
            var logits = twins.floats(0, 30, 1);
            double[] p = Reference.softmax(logits.expected());
            var losses = twins.poison(1);
            cuda.forwardBackward(logits.device(), twins.ints(1).device(), losses.device(), 1, 1, 3);
            Tolerance tolerance = Tolerance.roundings(2 * 43 + 16);
            tolerance.check("gradient", new double[] {p[0], -(p[0] + p[2]), p[2]}, logits.actual());
            tolerance.check("loss", new double[] {p[0] + p[2]}, losses.actual());
        }
    }

    @Test
    void logitsOfMinusInfinityHaveNoShare() {
        try (Twins twins = new Twins()) {
            CudaCrossEntropy cuda = new CudaCrossEntropy(twins.device());
            float none = Float.NEGATIVE_INFINITY;
            var logits = twins.floats(none, none, 2, none, none, none, none, none, none, 2, none);
            var losses = twins.poison(1);
            cuda.forwardBackward(logits.device(), twins.ints(2).device(), losses.device(), 1, 1, 11);
            double[] gradient = new double[11];
            gradient[2] = -0.5;
            gradient[9] = 0.5;
            Tolerance.roundings(8).check("gradient", gradient, logits.actual());
            Tolerance.roundings(8).check("loss", new double[] {Math.log(2)}, losses.actual());
        }
    }

    @Test
    void refusesAnEmptyVocabulary() {
        try (Twins twins = new Twins()) {
            CudaCrossEntropy cuda = new CudaCrossEntropy(twins.device());
            var memory = twins.poison(1);
            assertThatThrownBy(() -> cuda.forward(memory.device(), memory.device(), memory.device(), 1, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("vocabulary is 0");
        }
    }
}
