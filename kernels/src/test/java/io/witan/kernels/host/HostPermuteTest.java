package io.witan.kernels.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.Kernels;
import io.witan.kernels.PermuteKernel.CombineGradient;
import io.witan.kernels.host.Tensors.Tensor;
import io.witan.kernels.reference.FiniteDifferences;
import io.witan.kernels.reference.Reference;
import io.witan.kernels.reference.Tolerance;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostPermuteTest {
    @RegisterExtension
    final Tensors tensors = new Tensors();

    private int[] shuffled(int n) {
        List<Integer> order =
                new java.util.ArrayList<>(IntStream.range(0, n).boxed().toList());
        java.util.Collections.shuffle(order, tensors.random());
        return order.stream().mapToInt(i -> i).toArray();
    }

    @ParameterizedTest
    @CsvSource({"0, 4, 4", "1, 1, 1", "500, 8, 8", "500, 8, 1", "100, 300, 257", "0, 0, 1"})
    void sortIsStable(int n, int keyCount, int used) {
        int[] keys = tensors.random().ints(n, 0, used).toArray();
        Threads.each(kernels -> {
            int[] offsets = new int[keyCount + 1];
            java.util.Arrays.fill(offsets, -7);
            Tensor order = tensors.poison(n);
            kernels.permute().sort(tensors.ints(keys).segment(), n, keyCount, offsets, order.segment());
            int[] expected = IntStream.range(0, n)
                    .boxed()
                    .sorted(Comparator.comparing((Integer i) -> keys[i]))
                    .mapToInt(i -> i)
                    .toArray();
            assertThat(order.bits()).isEqualTo(expected);
            for (int key = 0; key <= keyCount; key++) {
                int bound = key;
                assertThat(offsets[key]).isEqualTo((int)
                        IntStream.of(keys).filter(k -> k < bound).count());
            }
        });
    }

    @ParameterizedTest
    @CsvSource({"0, 5", "1, 1", "9, 17", "600, 33"})
    void scatterUndoesGather(int n, int cols) {
        int[] rows = shuffled(n);
        Tensor from = tensors.random(n * cols, 1);
        Tensor row = tensors.ints(rows);
        Threads.each(kernels -> {
            Tensor to = tensors.poison(n * cols);
            Tensor back = tensors.poison(n * cols);
            kernels.permute().gatherRows(from.segment(), row.segment(), to.segment(), n, cols);
            kernels.permute().scatterRows(to.segment(), row.segment(), back.segment(), n, cols);
            assertThat(back.bits()).isEqualTo(from.bits());
            for (int i = 0; i < n * cols; i++) {
                assertThat(to.bits()[i]).isEqualTo(from.bits()[rows[i / cols] * cols + i % cols]);
            }
        });
    }

    private static double[] combine(double[] y, int[] position, double[] weight, int topK, int cols) {
        double[] out = new double[position.length / topK * cols];
        for (int i = 0; i < position.length; i++) {
            for (int c = 0; c < cols; c++) {
                out[i / topK * cols + c] += weight[i] * y[position[i] * cols + c];
            }
        }
        return out;
    }

    @ParameterizedTest
    @CsvSource({"0, 2, 5", "1, 1, 1", "7, 2, 17", "300, 3, 64", "5, 8, 33"})
    void combineAndItsGradients(int tokens, int topK, int cols) {
        int n = tokens * topK;
        int[] positions = shuffled(n);
        Tensor position = tensors.ints(positions);
        Tensor y = tensors.random(n * cols, 1);
        Tensor weight = tensors.random(n, 1);
        Tensor before = tensors.random(tokens * cols, 1);
        Tensor dOut = tensors.random(tokens * cols, 1);
        double[] out = combine(y.doubles(), positions, weight.doubles(), topK, cols);
        double[] dy = new double[n * cols];
        double[] dWeight = new double[n];
        double[] dx = new double[tokens * cols];
        for (int i = 0; i < n; i++) {
            for (int c = 0; c < cols; c++) {
                double d = dOut.doubles()[i / topK * cols + c];
                dy[positions[i] * cols + c] = weight.doubles()[i] * d;
                dWeight[i] += d * y.doubles()[positions[i] * cols + c];
                dx[i / topK * cols + c] += y.doubles()[positions[i] * cols + c];
            }
        }
        if (n * cols < 500) {
            FiniteDifferences.check(
                    "dy",
                    v -> Reference.dot(dOut.doubles(), combine(v, positions, weight.doubles(), topK, cols)),
                    y.doubles(),
                    dy);
            FiniteDifferences.check(
                    "dWeight",
                    v -> Reference.dot(dOut.doubles(), combine(y.doubles(), positions, v, topK, cols)),
                    weight.doubles(),
                    dWeight);
        }
        Threads.each(kernels -> {
            Tensor outs = tensors.of(before.floats());
            kernels.permute()
                    .combine(y.segment(), position.segment(), weight.segment(), outs.segment(), tokens, topK, cols);
            Tolerance.sums(topK + 1).check("out", Reference.plus(out, 1, before.doubles()), outs.floats());

            Tensor dys = tensors.poison(n * cols);
            Tensor dWeights = tensors.poison(n);
            CombineGradient gradient = new CombineGradient(
                    y.segment(),
                    position.segment(),
                    weight.segment(),
                    dOut.segment(),
                    dys.segment(),
                    dWeights.segment());
            kernels.permute().combineBackward(gradient, tokens, topK, cols);
            Tolerance.roundings(1).check("dy", dy, dys.floats());
            Tolerance.sums(cols).check("dWeight", dWeight, dWeights.floats());

            Tensor fresh = tensors.poison(tokens * cols);
            Tensor added = tensors.of(before.floats());
            kernels.permute().sumByPosition(y.segment(), position.segment(), fresh.segment(), tokens, topK, cols, 0);
            kernels.permute().sumByPosition(y.segment(), position.segment(), added.segment(), tokens, topK, cols, 1);
            Tolerance.sums(topK).check("dx", dx, fresh.floats());
            Tolerance.sums(topK).check("dx added", Reference.plus(dx, 1, before.doubles()), added.floats());
        });
    }

    @Test
    void sameBitsForAnyThreads() {
        int tokens = 700;
        int cols = 45;
        Tensor position = tensors.ints(shuffled(tokens * 2));
        Tensor y = tensors.random(tokens * 2 * cols, 1);
        Tensor weight = tensors.random(tokens * 2, 1);
        Tensor dOut = tensors.random(tokens * cols, 1);
        Threads.sameBits(kernels -> {
            Tensor out = tensors.zeros(tokens * cols);
            Tensor dy = tensors.poison(tokens * 2 * cols);
            Tensor dWeight = tensors.poison(tokens * 2);
            kernels.permute()
                    .combine(y.segment(), position.segment(), weight.segment(), out.segment(), tokens, 2, cols);
            kernels.permute()
                    .combineBackward(
                            new CombineGradient(
                                    y.segment(),
                                    position.segment(),
                                    weight.segment(),
                                    dOut.segment(),
                                    dy.segment(),
                                    dWeight.segment()),
                            tokens,
                            2,
                            cols);
            return List.of(out, dy, dWeight);
        });
    }

    @Test
    void refusesRowsOutside() {
        Tensor t = tensors.zeros(8);
        Tensor bad = tensors.ints(0, 9);
        Tensor negative = tensors.ints(-1, 0);
        try (Kernels kernels = HostKernels.open(1)) {
            assertThatThrownBy(() ->
                            kernels.permute().gatherRows(t.segment().asSlice(0, 32), bad.segment(), t.segment(), 2, 4))
                    .hasMessageContaining("gatherRows row[1] = 9, allowed 0..1");
            assertThatThrownBy(() -> kernels.permute().scatterRows(t.segment(), negative.segment(), t.segment(), 2, 4))
                    .hasMessageContaining("scatterRows row[0] = -1");
            assertThatThrownBy(() -> kernels.permute().sort(bad.segment(), 2, 4, new int[5], t.segment()))
                    .hasMessageContaining("sort keys[1] = 9, allowed 0..3");
            assertThatThrownBy(() -> kernels.permute().sort(bad.segment(), 2, 4, new int[4], t.segment()))
                    .hasMessageContaining("4 offsets for 4 keys");
        }
    }
}
