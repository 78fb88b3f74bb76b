package io.witan.kernels.host;

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

class HostEmbeddingTest {
    @RegisterExtension
    final Tensors tensors = new Tensors();

    @ParameterizedTest
    @CsvSource({"0, 4, 9, 8", "1, 1, 1, 1", "12, 4, 3, 17", "600, 50, 31, 33", "5, 8, 100, 64"})
    void matchesTheReference(int tokens, int positions, int vocabulary, int cols) {
        int[] words = tensors.random().ints(tokens, 0, vocabulary).toArray();
        Tensor ids = tensors.ints(words);
        Tensor token = tensors.random(vocabulary * cols, 1);
        Tensor position = tensors.random(positions * cols, 1);
        Tensor dOut = tensors.random(tokens * cols, 1);
        Tensor dToken = tensors.random(vocabulary * cols, 1);
        Tensor dPosition = tensors.random(positions * cols, 1);
        double[] out = new double[tokens * cols];
        double[] dTokens = new double[vocabulary * cols];
        double[] dPositions = new double[positions * cols];
        for (int t = 0; t < tokens; t++) {
            for (int c = 0; c < cols; c++) {
                double d = dOut.doubles()[t * cols + c];
                out[t * cols + c] = token.doubles()[words[t] * cols + c] + position.doubles()[t % positions * cols + c];
                dTokens[words[t] * cols + c] += d;
                dPositions[t % positions * cols + c] += d;
            }
        }
        Threads.each(kernels -> {
            Tensor outs = tensors.poison(tokens * cols);
            kernels.embedding()
                    .forward(
                            ids.segment(),
                            token.segment(),
                            position.segment(),
                            outs.segment(),
                            tokens,
                            positions,
                            cols);
            Tolerance.roundings(1).check("out", out, outs.floats());
            Tensor dt = tensors.of(dToken.floats());
            Tensor dp = tensors.of(dPosition.floats());
            kernels.embedding()
                    .backward(ids.segment(), dOut.segment(), dt.segment(), dp.segment(), tokens, positions, cols);
            Tolerance.sums(tokens).check("dToken", Reference.plus(dTokens, 1, dToken.doubles()), dt.floats());
            Tolerance.sums(tokens).check("dPosition", Reference.plus(dPositions, 1, dPosition.doubles()), dp.floats());
        });
    }

    @Test
    void sameBitsForAnyThreads() {
        Tensor ids = tensors.ints(tensors.random().ints(900, 0, 7).toArray());
        Tensor dOut = tensors.random(900 * 50, 1);
        Threads.sameBits(kernels -> {
            Tensor dToken = tensors.zeros(7 * 50);
            Tensor dPosition = tensors.zeros(30 * 50);
            kernels.embedding()
                    .backward(ids.segment(), dOut.segment(), dToken.segment(), dPosition.segment(), 900, 30, 50);
            return List.of(dToken, dPosition);
        });
    }

    @Test
    void refusesAnIdOutside() {
        Tensor t = tensors.zeros(8);
        try (Kernels kernels = HostKernels.open(1)) {
            assertThatThrownBy(() -> kernels.embedding()
                            .forward(
                                    tensors.ints(2).segment(),
                                    t.segment().asSlice(0, 32),
                                    t.segment(),
                                    t.segment(),
                                    1,
                                    1,
                                    4))
                    .hasMessageContaining("embedding ids[0] = 2, allowed 0..1");
        }
    }
}
