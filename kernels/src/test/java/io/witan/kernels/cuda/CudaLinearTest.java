package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.LinearKernel;
import io.witan.kernels.cuda.device.Precision;
import io.witan.kernels.cuda.gemm.Bf16;
import io.witan.kernels.reference.Reference;
import io.witan.kernels.reference.Tolerance;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CudaLinearTest {
    @ParameterizedTest
    @CsvSource({
        "0, 5, 7, 0",
        "0, 5, 7, 0.5",
        "1, 1, 1, 0",
        "1, 64, 129, 1",
        "65, 33, 3, 0.5",
        "130, 40, 132, 0",
        "20, 0, 9, 0.5"
    })
    void fp32(int rows, int in, int out, float beta) {
        try (Twins twins = new Twins()) {
            LinearKernel host = twins.host().linear();
            LinearKernel cuda = new CudaLinear(twins.device(), Precision.FP32);
            var x = twins.normal(rows * in, 1);
            var w = twins.normal(out * in, 1);
            var dy = twins.normal(rows * out, 1);
            var y = result(twins, rows * out, beta);
            host.forward(x.host(), w.host(), y.host(), rows, in, out, beta);
            cuda.forward(x.device(), w.device(), y.device(), rows, in, out, beta);
            Tolerance.sums(in).check("y", y.expected(), y.actual());
            var dx = result(twins, rows * in, beta);
            host.backwardInput(dy.host(), w.host(), dx.host(), rows, in, out, beta);
            cuda.backwardInput(dy.device(), w.device(), dx.device(), rows, in, out, beta);
            Tolerance.sums(out).check("dx", dx.expected(), dx.actual());
            var dw = result(twins, out * in, beta);
            host.backwardWeight(dy.host(), x.host(), dw.host(), rows, in, out, beta);
            cuda.backwardWeight(dy.device(), x.device(), dw.device(), rows, in, out, beta);
            Tolerance.sums(rows).check("dw", dw.expected(), dw.actual());
        }
    }

    private static Twins.Pair result(Twins twins, int count, float beta) {
        return beta == 0 ? twins.poison(count) : twins.normal(count, 2);
    }

    private static double[] rounded(Twins.Pair pair) {
        return Arrays.stream(pair.expected()).map(Bf16::rounded).toArray();
    }

    private static double[] plus(double[] product, float beta, Twins.Pair before) {
        return beta == 0 ? product : Reference.plus(product, beta, before.expected());
    }

    @ParameterizedTest
    @CsvSource({"0, 8, 16, 0", "0, 8, 16, 0.5", "1, 64, 136, 1", "130, 40, 16, 0", "200, 160, 24, 0.5", "20, 0, 16, 0.5"
    })
    void bf16(int rows, int in, int out, float beta) {
        try (Twins twins = new Twins()) {
            LinearKernel cuda = new CudaLinear(twins.device(), Precision.BF16);
            var x = twins.normal(rows * in, 1);
            var w = twins.normal(out * in, 1);
            var dy = twins.normal(rows * out, 1);
            var y = result(twins, rows * out, beta);
            cuda.forward(x.device(), w.device(), y.device(), rows, in, out, beta);
            double[] product = Reference.timesTransposed(rounded(x), rounded(w), rows, in, out);
            Tolerance.sums(in).check("y", plus(product, beta, y), y.actual());
            var dx = result(twins, rows * in, beta);
            cuda.backwardInput(dy.device(), w.device(), dx.device(), rows, in, out, beta);
            product = Reference.times(rounded(dy), rounded(w), rows, out, in);
            Tolerance.sums(out).check("dx", plus(product, beta, dx), dx.actual());
            var dw = result(twins, out * in, beta);
            cuda.backwardWeight(dy.device(), x.device(), dw.device(), rows, in, out, beta);
            product = Reference.transposedTimes(rounded(dy), rounded(x), out, rows, in);
            Tolerance.sums(rows).check("dw", plus(product, beta, dw), dw.actual());
        }
    }

    @Test
    void refusals() {
        try (Twins twins = new Twins()) {
            var m = twins.normal(64, 1).device();
            LinearKernel fp32 = new CudaLinear(twins.device(), Precision.FP32);
            assertThatThrownBy(() -> fp32.forward(m, m, m, -1, 2, 2, 0)).hasMessageContaining("linear rows is -1");
            assertThatThrownBy(() -> fp32.forward(m, m, m, 9, 8, 2, 0)).hasMessageContaining("linear x has 256 bytes");
            LinearKernel bf16 = new CudaLinear(twins.device(), Precision.BF16);
            assertThatThrownBy(() -> bf16.forward(m, m, m, 1, 8, 4, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("linear out = 4");
        }
    }
}
