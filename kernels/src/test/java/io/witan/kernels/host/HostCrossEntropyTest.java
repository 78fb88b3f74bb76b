package io.witan.kernels.host;

import static io.witan.kernels.reference.Reference.slice;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.Kernels;
import io.witan.kernels.host.Tensors.Tensor;
import io.witan.kernels.reference.Reference;
import io.witan.kernels.reference.Tolerance;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostCrossEntropyTest {
    @RegisterExtension
    final Tensors tensors = new Tensors();

    private int[] targets(int rows, int vocabulary) {
        int[] targets = tensors.random().ints(rows, 0, vocabulary).toArray();
        for (int i = 0; i < rows; i += 3) {
            targets[i] = i % 2 == 0 ? -1 : -100;
        }
        return targets;
    }

    @ParameterizedTest
    @CsvSource({"0, 9, 1", "1, 1, 1", "4, 2, 1", "7, 17, 3", "40, 257, 1", "3, 8192, 1", "9, 33, 80", "9, 50, 10000"})
    void matchesTheReference(int rows, int vocabulary, double scale) {
        Tensor logits = tensors.random(rows * vocabulary, scale);
        int[] ids = targets(rows, vocabulary);
        Tensor targets = tensors.ints(ids);
        double[] losses = new double[rows];
        double[] gradient = new double[rows * vocabulary];
        for (int row = 0; row < rows; row++) {
            if (ids[row] >= 0) {
                double[] x = slice(logits.doubles(), row * vocabulary, vocabulary);
                losses[row] = Reference.logSumExp(x) - x[ids[row]];
                double[] p = Reference.softmax(x);
                p[ids[row]] -= 1;
                for (int v = 0; v < vocabulary; v++) {
                    gradient[row * vocabulary + v] = 0.5 * p[v];
                }
            }
        }
        Threads.each(kernels -> {
            Tensor forward = tensors.poison(rows);
            Tensor both = tensors.poison(rows);
            int[] before = logits.bits();
            kernels.crossEntropy().forward(logits.segment(), targets.segment(), forward.segment(), rows, vocabulary);
            assertThat(logits.bits()).isEqualTo(before);
            Tensor copy = tensors.of(logits.floats());
            kernels.crossEntropy()
                    .forwardBackward(copy.segment(), targets.segment(), both.segment(), 0.5f, rows, vocabulary);
            assertThat(both.bits()).isEqualTo(forward.bits());
            Tolerance.sums(vocabulary).check("losses", losses, forward.floats());
            // One exponent for a whole row: shares of a large logit's rounding do not enter, x - max is exact or tiny.
            Tolerance.sums(vocabulary).around(0.5).check("gradient", gradient, copy.floats());
        });
    }

    @Test
    void aSureTokenKeepsItsSmallGradient() {
        Tensor logits = tensors.of(0, 30, 1);
        Tensor losses = tensors.poison(1);
        double[] p = Reference.softmax(logits.doubles());
        try (Kernels kernels = HostKernels.open(1)) {
            kernels.crossEntropy()
                    .forwardBackward(logits.segment(), tensors.ints(1).segment(), losses.segment(), 1, 1, 3);
        }
        Tolerance.roundings(16).check("gradient", new double[] {p[0], -(p[0] + p[2]), p[2]}, logits.floats());
    }

    @Test
    void sameBitsForAnyThreads() {
        Tensor logits = tensors.random(200 * 300, 2);
        Tensor targets = tensors.ints(targets(200, 300));
        Threads.sameBits(kernels -> {
            Tensor x = tensors.of(logits.floats());
            Tensor losses = tensors.poison(200);
            kernels.crossEntropy().forwardBackward(x.segment(), targets.segment(), losses.segment(), 1, 200, 300);
            return List.of(x, losses);
        });
    }

    @Test
    void refusesATargetOutsideTheVocabulary() {
        Tensor logits = tensors.zeros(10);
        try (Kernels kernels = HostKernels.open(1)) {
            assertThatThrownBy(() -> kernels.crossEntropy()
                            .forward(logits.segment(), tensors.ints(0, 5).segment(), logits.segment(), 2, 5))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("targets[1] = 5");
        }
    }
}
