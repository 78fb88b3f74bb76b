package io.witan.kernels.host;

import static io.witan.kernels.reference.Reference.slice;
import static io.witan.kernels.reference.Reference.times;
import static io.witan.kernels.reference.Reference.timesTransposed;
import static io.witan.kernels.reference.Reference.transposedTimes;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.Kernels;
import io.witan.kernels.host.Tensors.Tensor;
import io.witan.kernels.reference.Reference;
import io.witan.kernels.reference.Tolerance;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HostGroupedLinearTest {
    @RegisterExtension
    final Tensors tensors = new Tensors();

    static Stream<Arguments> groups() {
        return Stream.of(
                Arguments.of(new int[] {0}, 4, 4),
                Arguments.of(new int[] {0, 0, 0}, 17, 33),
                Arguments.of(new int[] {0, 1}, 17, 33),
                Arguments.of(new int[] {0, 0, 90, 90, 90}, 64, 65),
                Arguments.of(new int[] {0, 1, 1, 4, 77, 160}, 33, 130),
                Arguments.of(new int[] {0, 60, 119, 180, 240}, 96, 64),
                Arguments.of(new int[] {0, 3, 6}, 900, 700));
    }

    @ParameterizedTest
    @MethodSource("groups")
    void matchesTheReferenceGroupByGroup(int[] offsets, int in, int out) {
        int groups = offsets.length - 1;
        int rows = offsets[groups];
        Tensor x = tensors.random(rows * in, 1);
        Tensor dy = tensors.random(rows * out, 1);
        Tensor[] w = new Tensor[groups];
        Tensor[] before = new Tensor[groups];
        for (int g = 0; g < groups; g++) {
            w[g] = used(offsets, g) ? tensors.random(out * in, 1) : null;
            before[g] = used(offsets, g) ? tensors.random(out * in, 1) : null;
        }
        Threads.each(kernels -> {
            Tensor y = tensors.poison(rows * out);
            Tensor dx = tensors.poison(rows * in);
            Tensor dxAdded = tensors.random(rows * in, 1);
            double[] dxBefore = dxAdded.doubles();
            Tensor[] dw = Arrays.stream(before)
                    .map(b -> b == null ? null : tensors.of(b.floats()))
                    .toArray(Tensor[]::new);
            kernels.groupedLinear().forward(x.segment(), offsets, segments(w), y.segment(), in, out);
            kernels.groupedLinear().backwardInput(dy.segment(), offsets, segments(w), dx.segment(), in, out, 0);
            kernels.groupedLinear().backwardInput(dy.segment(), offsets, segments(w), dxAdded.segment(), in, out, 1);
            kernels.groupedLinear().backwardWeight(dy.segment(), offsets, x.segment(), segments(dw), in, out, 1);
            for (int g = 0; g < groups; g++) {
                int n = offsets[g + 1] - offsets[g];
                if (n == 0) {
                    continue;
                }
                double[] xg = slice(x.doubles(), offsets[g] * in, n * in);
                double[] dyg = slice(dy.doubles(), offsets[g] * out, n * out);
                double[] dxg = times(dyg, w[g].doubles(), n, out, in);
                check("y", in, timesTransposed(xg, w[g].doubles(), n, in, out), y, offsets[g] * out);
                check("dx", out, dxg, dx, offsets[g] * in);
                check(
                        "dx added",
                        out,
                        Reference.plus(dxg, 1, slice(dxBefore, offsets[g] * in, n * in)),
                        dxAdded,
                        offsets[g] * in);
                double[] dwg = transposedTimes(dyg, xg, out, n, in);
                check("dw", n, Reference.plus(dwg, 1, before[g].doubles()), dw[g], 0);
            }
        });
    }

    @Test
    void gradientsThatBeginAnewAreOverwritten() {
        int[] offsets = {0, 5, 5, 90, 90};
        Tensor x = tensors.random(90 * 33, 1);
        Tensor dy = tensors.random(90 * 70, 1);
        Threads.each(kernels -> {
            Tensor[] dw = {tensors.poison(70 * 33), tensors.poison(70 * 33), tensors.poison(70 * 33), null};
            kernels.groupedLinear().backwardWeight(dy.segment(), offsets, x.segment(), segments(dw), 33, 70, 0);
            for (int g = 0; g < 3; g++) {
                int n = offsets[g + 1] - offsets[g];
                double[] xg = slice(x.doubles(), offsets[g] * 33, n * 33);
                double[] dyg = slice(dy.doubles(), offsets[g] * 70, n * 70);
                check("dw", n, transposedTimes(dyg, xg, 70, n, 33), dw[g], 0);
            }
        });
    }

    private static boolean used(int[] offsets, int g) {
        return offsets[g + 1] > offsets[g];
    }

    private static MemorySegment[] segments(Tensor[] tensors) {
        return Arrays.stream(tensors).map(t -> t == null ? null : t.segment()).toArray(MemorySegment[]::new);
    }

    private static void check(String what, int length, double[] expected, Tensor actual, int from) {
        float[] part = Arrays.copyOfRange(actual.floats(), from, from + expected.length);
        Tolerance.sums(length).check(what, expected, part);
    }

    @Test
    void repeatsToTheBit() {
        int[] offsets = {0, 50, 55, 55, 250};
        Tensor x = tensors.random(250 * 64, 1);
        Tensor dy = tensors.random(250 * 100, 1);
        Threads.sameBitsOfProducts(kernels -> {
            Tensor[] dw = Stream.generate(() -> tensors.zeros(6400)).limit(4).toArray(Tensor[]::new);
            kernels.groupedLinear().backwardWeight(dy.segment(), offsets, x.segment(), segments(dw), 64, 100, 1);
            return List.of(dw);
        });
    }

    @Test
    void refusesBadOffsets() {
        Tensor t = tensors.zeros(64);
        MemorySegment[] w = {t.segment(), t.segment()};
        try (Kernels kernels = HostKernels.open(1)) {
            var grouped = kernels.groupedLinear();
            assertThatThrownBy(() -> grouped.forward(t.segment(), new int[] {0, 2, 1}, w, t.segment(), 2, 2))
                    .hasMessageContaining("offsets[2] = 1 is below offsets[1] = 2");
            assertThatThrownBy(() -> grouped.forward(t.segment(), new int[] {0, 2}, w, t.segment(), 2, 2))
                    .hasMessageContaining("2 offsets from 0 for 2 groups");
            assertThatThrownBy(() -> grouped.forward(
                            t.segment(),
                            new int[] {0, 1, 2},
                            new MemorySegment[] {t.segment(), null},
                            t.segment(),
                            2,
                            2))
                    .hasMessageContaining("groupedLinear w is null");
        }
    }
}
