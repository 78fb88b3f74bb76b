package io.witan.kernels.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.AttentionKernel.Shape;
import io.witan.kernels.Kernels;
import io.witan.kernels.host.Tensors.Tensor;
import io.witan.kernels.reference.AttentionReference;
import io.witan.kernels.reference.Tolerance;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostAttentionTest {
    @RegisterExtension
    final Tensors tensors = new Tensors();

    private List<Tensor> run(Kernels kernels, Tensor qkv, Tensor dOut, Shape shape) {
        int tokens = shape.sequences() * shape.positions();
        Tensor out = tensors.poison(tokens * shape.width());
        Tensor saved = tensors.poison((int) kernels.attention().savedFloats(shape));
        Tensor dQkv = tensors.poison(tokens * shape.rowWidth());
        kernels.attention().forward(qkv.segment(), out.segment(), saved.segment(), shape);
        kernels.attention()
                .backward(qkv.segment(), out.segment(), saved.segment(), dOut.segment(), dQkv.segment(), shape);
        return List.of(out, dQkv);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 8, 8, 2, 1",
        "2, 0, 8, 2, 1",
        "1, 1, 4, 1, 1",
        "1, 2, 17, 1, 1",
        "3, 5, 34, 2, 1",
        "2, 32, 64, 4, 1",
        "2, 63, 66, 2, 1",
        "1, 64, 33, 1, 1",
        "2, 65, 48, 3, 1",
        "1, 200, 128, 1, 1",
        "2, 130, 32, 2, 12"
    })
    void matchesTheReference(int sequences, int positions, int width, int heads, double scale) {
        Shape shape = new Shape(sequences, positions, width, heads);
        AttentionReference reference = new AttentionReference(sequences, positions, width, heads);
        Tensor qkv = tensors.random(sequences * positions * 3 * width, scale);
        Tensor dOut = tensors.random(sequences * positions * width, 1);
        double[] out = reference.forward(qkv.doubles());
        double[] dQkv = reference.backward(qkv.doubles(), dOut.doubles());
        int n = positions + width / heads;
        // Probabilities carry the rounding of scores of size about scale^2 * 5.
        double conditioning = Math.max(1, 5 * scale * scale);
        Threads.each(kernels -> {
            List<Tensor> results = run(kernels, qkv, dOut, shape);
            Tolerance.sums(n)
                    .times(conditioning)
                    .check("out", out, results.get(0).floats());
            Tolerance.sums(n)
                    .times(3 * conditioning)
                    .check("dQkv", dQkv, results.get(1).floats());
        });
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 4, 2, 1", "2, 5, 24, 6, 2", "3, 33, 64, 8, 1", "2, 65, 48, 4, 2", "1, 130, 96, 6, 3"})
    void groupsOfQueriesShareKeysAndValues(int sequences, int positions, int width, int heads, int kvHeads) {
        Shape shape = new Shape(sequences, positions, width, heads, kvHeads);
        AttentionReference reference = new AttentionReference(sequences, positions, width, heads, kvHeads);
        Tensor qkv = tensors.random(sequences * positions * shape.rowWidth(), 1);
        Tensor dOut = tensors.random(sequences * positions * width, 1);
        double[] out = reference.forward(qkv.doubles());
        double[] dQkv = reference.backward(qkv.doubles(), dOut.doubles());
        int n = (positions + width / heads) * heads / kvHeads;
        Threads.each(kernels -> {
            List<Tensor> results = run(kernels, qkv, dOut, shape);
            Tolerance.sums(n).times(5).check("out", out, results.get(0).floats());
            Tolerance.sums(n).times(15).check("dQkv", dQkv, results.get(1).floats());
        });
        Threads.sameBits(kernels -> run(kernels, qkv, dOut, shape));
    }

    @Test
    void scoresOfTenThousandStayFinite() {
        Shape shape = new Shape(1, 80, 16, 1);
        Tensor qkv = tensors.random(80 * 48, 50);
        Tensor dOut = tensors.random(80 * 16, 1);
        double[] out = new AttentionReference(1, 80, 16, 1).forward(qkv.doubles());
        Threads.each(kernels -> {
            List<Tensor> results = run(kernels, qkv, dOut, shape);
            Tolerance.sums(96).times(1e4).check("out", out, results.get(0).floats());
            for (float v : results.get(1).floats()) {
                assertThat(v).isFinite();
            }
        });
    }

    @Test
    void laterPositionsAndOtherSequencesDoNotMatter() {
        Shape shape = new Shape(2, 70, 32, 2);
        float[] values = tensors.random(2 * 70 * 96, 1).floats();
        Tensor dOut = tensors.random(2 * 70 * 32, 1);
        float[] changed = values.clone();
        for (int i = 40 * 96; i < changed.length; i++) {
            changed[i] += 1;
        }
        Threads.each(kernels -> {
            float[] a = run(kernels, tensors.of(values), dOut, shape).get(0).floats();
            float[] b = run(kernels, tensors.of(changed), dOut, shape).get(0).floats();
            assertThat(Arrays.copyOf(a, 40 * 32)).isEqualTo(Arrays.copyOf(b, 40 * 32));
            assertThat(Arrays.mismatch(a, b)).isEqualTo(40 * 32);
        });
    }

    @Test
    void sameBitsForAnyThreads() {
        Shape shape = new Shape(3, 100, 96, 3);
        Tensor qkv = tensors.random(300 * 288, 1);
        Tensor dOut = tensors.random(300 * 96, 1);
        Threads.sameBits(kernels -> run(kernels, qkv, dOut, shape));
    }

    @Test
    void countsItsScratchAndRefusesBadHeads() {
        try (Kernels kernels = HostKernels.open(2)) {
            long fixed = kernels.scratchBytes();
            Shape shape = new Shape(1, 100, 32, 2);
            run(kernels, tensors.random(9600, 1), tensors.random(3200, 1), shape);
            assertThat(kernels.scratchBytes()).isEqualTo(fixed + 2L * 2 * 64 * 100 * 4);
            assertThatThrownBy(() -> kernels.attention().savedFloats(new Shape(1, 4, 10, 3)))
                    .hasMessageContaining("heads that divide the width");
            assertThatThrownBy(() -> kernels.attention().savedFloats(new Shape(1, 4, 12, 6, 4)))
                    .hasMessageContaining("6 heads with 4 of keys and values");
        }
    }
}
