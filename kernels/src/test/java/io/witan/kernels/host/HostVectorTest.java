package io.witan.kernels.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.kernels.host.Tensors.Tensor;
import io.witan.kernels.reference.Reference;
import io.witan.kernels.reference.Tolerance;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostVectorTest {
    @RegisterExtension
    final Tensors tensors = new Tensors();

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 17, 33, 257, 100_003})
    void matchesTheReference(int n) {
        Tensor x = tensors.random(n, 1);
        Tensor y = tensors.random(n, 1);
        double[] squares = Arrays.stream(x.doubles()).map(v -> v * v).toArray();
        double[] products = x.doubles();
        double[] factors = y.doubles();
        Arrays.setAll(products, i -> products[i] * factors[i]);
        Set<Double> sums = new HashSet<>();
        Threads.each(kernels -> {
            Tensor a = tensors.of(x.floats());
            kernels.vector().add(a.segment(), y.segment(), n);
            Tolerance.roundings(1).check("add", Reference.plus(x.doubles(), 1, y.doubles()), a.floats());
            Tensor b = tensors.of(x.floats());
            kernels.vector().scale(b.segment(), -1.5f, n);
            Tolerance.roundings(1).check("scale", Reference.plus(new double[n], -1.5, x.doubles()), b.floats());
            Tensor d = tensors.poison(n);
            kernels.vector().multiply(x.segment(), y.segment(), d.segment(), n);
            Tolerance.roundings(1).check("multiply", products, d.floats());
            Tensor e = tensors.of(x.floats());
            kernels.vector().multiply(y.segment(), e.segment(), e.segment(), n);
            Tolerance.roundings(1).check("multiply in place", products, e.floats());
            Tensor c = tensors.poison(n);
            kernels.vector().zero(c.segment(), n);
            assertThat(c.bits()).isEqualTo(new int[n]);
            double sumOfSquares = kernels.vector().sumOfSquares(x.segment(), n);
            double sum = kernels.vector().sum(x.segment(), n);
            assertThat(sumOfSquares).isCloseTo(Arrays.stream(squares).sum(), within(1e-12 * n));
            assertThat(sum).isCloseTo(Arrays.stream(x.doubles()).sum(), within(1e-12 * n));
            sums.add(sumOfSquares + 1000 * sum);
        });
        assertThat(sums).as("the same for 1, 2 and 3 threads").hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void oneBadElementShowsInTheNorm(float bad) {
        Tensor x = tensors.random(70_001, 1);
        for (int at : new int[] {0, 5, 33_000, 70_000}) {
            float kept = x.floats()[at];
            x.set(at, bad);
            Threads.each(kernels -> assertThat(Double.isFinite(kernels.vector().sumOfSquares(x.segment(), 70_001)))
                    .isFalse());
            x.set(at, kept);
        }
    }

    @Test
    void squaresDoNotOverflow() {
        Tensor x = tensors.of(1e30f, 1e30f, 1e-30f);
        Threads.each(kernels ->
                assertThat(kernels.vector().sumOfSquares(x.segment(), 3)).isCloseTo(2e60, within(1e54)));
    }
}
