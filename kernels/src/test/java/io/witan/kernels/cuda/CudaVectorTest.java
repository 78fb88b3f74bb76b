package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class CudaVectorTest {
    /** Around the elements of a block, of a wide load and of a part of a sum. */
    private static final int[] COUNTS = {0, 1, 3, 4, 2047, 2048, 2052, 8191, 20_000};

    /** Elements that an operand begins before its memory's alignment. */
    private static final int[] SHIFTS = {0, 1};

    private static MemorySegment host(Twins.Pair pair, int shift) {
        return pair.host().asSlice(4L * shift);
    }

    private static MemorySegment device(Twins.Pair pair, int shift) {
        return pair.device().asSlice(4L * shift);
    }

    @Test
    void elementwise() {
        try (Twins twins = new Twins()) {
            CudaVector cuda = new CudaVector(twins.device());
            for (int count : COUNTS) {
                for (int shift : SHIFTS) {
                    var a = twins.normal(count + shift, 1);
                    var b = twins.normal(count + shift, 1);
                    var c = twins.poison(count + shift);
                    twins.host().vector().multiply(host(a, shift), host(b, shift), host(c, shift), count);
                    cuda.multiply(device(a, shift), device(b, shift), device(c, shift), count);
                    assertThat(c.actualInts()).isEqualTo(c.expectedInts());
                    twins.host().vector().multiply(host(a, shift), host(c, shift), host(c, shift), count);
                    cuda.multiply(device(a, shift), device(c, shift), device(c, shift), count);
                    assertThat(c.actualInts()).isEqualTo(c.expectedInts());
                    twins.host().vector().add(host(a, shift), host(b, shift), count);
                    cuda.add(device(a, shift), device(b, shift), count);
                    assertThat(a.actualInts()).isEqualTo(a.expectedInts());
                    twins.host().vector().scale(host(b, shift), -1.7f, count);
                    cuda.scale(device(b, shift), -1.7f, count);
                    assertThat(b.actualInts()).isEqualTo(b.expectedInts());
                    twins.host().vector().zero(host(b, shift), count);
                    cuda.zero(device(b, shift), count);
                    assertThat(b.actualInts()).isEqualTo(b.expectedInts());
                }
            }
        }
    }

    /** A double sum of so few terms is off by some 1e-13 of the sum of their magnitudes at most, in any order. */
    @Test
    void sums() {
        try (Twins twins = new Twins()) {
            CudaVector cuda = new CudaVector(twins.device());
            for (int count : COUNTS) {
                var x = twins.normal(count, 1);
                double sum = twins.host().vector().sum(x.host(), count);
                double squares = twins.host().vector().sumOfSquares(x.host(), count);
                assertThat(cuda.sum(x.device(), count)).isEqualTo(sum, within(1e-13 * count));
                assertThat(cuda.sumOfSquares(x.device(), count)).isEqualTo(squares, within(1e-13 * count));
            }
        }
    }

    @Test
    void sumsDoNotDependOnWhereTheElementsLie() {
        int count = 20_001;
        float[] values = new float[count];
        float[] shifted = new float[count + 1];
        try (Twins twins = new Twins()) {
            CudaVector cuda = new CudaVector(twins.device());
            for (int i = 0; i < count; i++) {
                values[i] = (float) twins.random().nextGaussian();
                shifted[i + 1] = values[i];
            }
            var aligned = twins.floats(values);
            var other = twins.floats(shifted);
            assertThat(cuda.sum(device(other, 1), count)).isEqualTo(cuda.sum(aligned.device(), count));
            assertThat(cuda.sumOfSquares(device(other, 1), count))
                    .isEqualTo(cuda.sumOfSquares(aligned.device(), count));
        }
    }

    @Test
    void aNanOrInfinityShowsInTheSum() {
        try (Twins twins = new Twins()) {
            CudaVector cuda = new CudaVector(twins.device());
            assertThat(cuda.sumOfSquares(twins.floats(1, Float.NaN, 2).device(), 3))
                    .isNaN();
            assertThat(cuda.sumOfSquares(
                            twins.floats(1, Float.NEGATIVE_INFINITY).device(), 2))
                    .isInfinite();
        }
    }
}
