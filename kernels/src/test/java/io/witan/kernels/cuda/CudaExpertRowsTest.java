package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.kernels.ElementFormat;
import io.witan.kernels.PermuteKernel.CombineGradient;
import io.witan.kernels.cuda.gemm.Bf16;
import io.witan.kernels.reference.Tolerance;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** bf16 against the host's fp32 on the same values; {@link CudaPermuteTest} has fp32. */
class CudaExpertRowsTest {
    private static int[] shuffled(Twins twins, int n) {
        List<Integer> order = new ArrayList<>(IntStream.range(0, n).boxed().toList());
        Collections.shuffle(order, twins.random());
        return order.stream().mapToInt(i -> i).toArray();
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    private static float[] rounded(double[] values) {
        return floats(Arrays.stream(values).map(Bf16::rounded).toArray());
    }

    @ParameterizedTest
    @CsvSource({"0, 8", "1, 2", "9, 18", "70, 34", "30, 512", "7, 520", "5, 2048", "3, 0"})
    void gatherRounds(int n, int cols) {
        try (Twins twins = new Twins()) {
            CudaExpertRows cuda = new CudaExpertRows(twins.device(), ElementFormat.BF16);
            var from = twins.normal(n * cols, 1);
            var row = twins.ints(shuffled(twins, n));
            var gathered = twins.poison(n * cols);
            Bf16 to = Bf16.poison(twins, n * cols);
            twins.host().permute().gatherRows(from.host(), row.host(), gathered.host(), n, cols);
            cuda.gather(from.device(), row.device(), to.device(), n, cols);
            assertThat(to.actual()).isEqualTo(rounded(gathered.expected()));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 2, 8",
        "1, 1, 2",
        "7, 2, 18",
        "40, 3, 64",
        "5, 8, 34",
        "6, 2, 2048",
        "3, 1, 1544",
        "3, 5, 510",
        "2, 0, 8"
    })
    void combineAndItsGradients(int tokens, int topK, int cols) {
        try (Twins twins = new Twins()) {
            CudaExpertRows cuda = new CudaExpertRows(twins.device(), ElementFormat.BF16);
            int n = tokens * topK;
            Bf16 y = Bf16.normal(twins, n * cols, 1);
            var yHost = twins.floats(floats(y.values()));
            var position = twins.ints(shuffled(twins, n));
            var weight = twins.normal(n, 1);
            var dOut = twins.normal(tokens * cols, 1);
            var host = twins.host().expertRows();

            // The same fused multiplications and additions in the same order.
            var out = twins.normal(tokens * cols, 1);
            host.combine(yHost.host(), position.host(), weight.host(), out.host(), tokens, topK, cols);
            cuda.combine(y.device(), position.device(), weight.device(), out.device(), tokens, topK, cols);
            assertThat(out.actualInts()).isEqualTo(out.expectedInts());

            var dyHost = twins.poison(n * cols);
            Bf16 dy = Bf16.poison(twins, n * cols);
            var dWeight = twins.poison(n);
            host.combineBackward(
                    new CombineGradient(
                            yHost.host(), position.host(), weight.host(), dOut.host(), dyHost.host(), dWeight.host()),
                    tokens,
                    topK,
                    cols);
            cuda.combineBackward(
                    new CombineGradient(
                            y.device(),
                            position.device(),
                            weight.device(),
                            dOut.device(),
                            dy.device(),
                            dWeight.device()),
                    tokens,
                    topK,
                    cols);
            assertThat(dy.actual()).isEqualTo(rounded(dyHost.expected()));
            // Sums of cols products, each about 1 in size.
            Tolerance.sums(cols).around(Math.sqrt(cols)).check("dWeight", dWeight.expected(), dWeight.actual());

            for (float beta : new float[] {0, 1, -0.5f}) {
                var dx = beta == 0 ? twins.poison(tokens * cols) : twins.normal(tokens * cols, 1);
                host.sumByPosition(yHost.host(), position.host(), dx.host(), tokens, topK, cols, beta);
                cuda.sumByPosition(y.device(), position.device(), dx.device(), tokens, topK, cols, beta);
                assertThat(dx.actualInts()).isEqualTo(dx.expectedInts());
            }
        }
    }
}
