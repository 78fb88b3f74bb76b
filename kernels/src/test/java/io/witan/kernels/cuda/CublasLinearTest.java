package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.KernelException;
import io.witan.kernels.cuda.device.Blas;
import io.witan.kernels.cuda.device.BlasProvider;
import io.witan.kernels.cuda.device.Precision;
import io.witan.kernels.cuda.gemm.Bf16;
import io.witan.kernels.reference.Reference;
import io.witan.kernels.reference.Tolerance;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CublasLinearTest {
    private static final int[][] SHAPES = {{0, 3, 5}, {1, 1, 1}, {7, 33, 20}, {64, 16, 48}};

    @ParameterizedTest
    @EnumSource(
            value = BlasProvider.class,
            names = {"JCUBLAS", "CUBLAS13"})
    void sameAsTheHost(BlasProvider provider) {
        TestDevice.prepareCublas();
        try (Twins twins = new Twins();
                Blas blas = TestDevice.blas(provider, twins.device(), Precision.FP32)) {
            assertThat(blas.description()).startsWith("cuBLAS 1");
            CublasLinear cuda = new CublasLinear(blas, new CudaLinear(twins.device(), Precision.FP32));
            var host = twins.host().linear();
            for (int[] shape : SHAPES) {
                int rows = shape[0];
                int in = shape[1];
                int out = shape[2];
                var x = twins.normal(rows * in, 1);
                var w = twins.normal(out * in, 1);
                var dy = twins.normal(rows * out, 1);
                var y = twins.poison(rows * out);
                var dx = twins.poison(rows * in);
                var dw = twins.poison(out * in);
                for (float beta = 0; beta <= 1; beta++) {
                    host.forward(x.host(), w.host(), y.host(), rows, in, out, beta);
                    cuda.forward(x.device(), w.device(), y.device(), rows, in, out, beta);
                    host.backwardInput(dy.host(), w.host(), dx.host(), rows, in, out, beta);
                    cuda.backwardInput(dy.device(), w.device(), dx.device(), rows, in, out, beta);
                    host.backwardWeight(dy.host(), x.host(), dw.host(), rows, in, out, beta);
                    cuda.backwardWeight(dy.device(), x.device(), dw.device(), rows, in, out, beta);
                    Tolerance.sums(in).check("y", y.expected(), y.actual());
                    Tolerance.sums(out).check("dx", dx.expected(), dx.actual());
                    Tolerance.sums(rows).check("dw", dw.expected(), dw.actual());
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = BlasProvider.class,
            names = {"JCUBLAS", "CUBLAS13"})
    void multipliesBf16(BlasProvider provider) {
        TestDevice.prepareCublas();
        int rows = 24;
        int in = 40;
        int out = 16;
        try (Twins twins = new Twins();
                Blas blas = TestDevice.blas(provider, twins.device(), Precision.BF16)) {
            Bf16 x = Bf16.normal(twins, rows * in, 1);
            Bf16 w = Bf16.normal(twins, out * in, 1);
            var y = twins.poison(rows * out);
            Blas.Product product =
                    new Blas.Product(Blas.Operation.TRANSPOSED, Blas.Operation.PLAIN, out, rows, in, in, in, out);
            blas.multiplyBf16(product, w.device(), x.device(), y.device(), 0);
            double[] expected = Reference.timesTransposed(x.values(), w.values(), rows, in, out);
            Tolerance.sums(in).check("y", expected, y.actual());
        }
    }

    @Test
    void aSettingThatNamesNoneIsRefused() {
        try (Twins twins = new Twins()) {
            System.setProperty(BlasProvider.SETTING, "mkl");
            assertThatThrownBy(() -> BlasProvider.choose(twins.device(), Precision.FP32))
                    .isInstanceOf(KernelException.class)
                    .hasMessage("-Dwitan.cuda.blas=mkl: allowed are auto, jcublas, cublas13, own");
        } finally {
            System.clearProperty(BlasProvider.SETTING);
        }
    }
}
