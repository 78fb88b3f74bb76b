package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.PermuteKernel.CombineGradient;
import io.witan.kernels.reference.Tolerance;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CudaPermuteTest {
    private static int[] shuffled(Twins twins, int n) {
        List<Integer> order = new ArrayList<>(IntStream.range(0, n).boxed().toList());
        Collections.shuffle(order, twins.random());
        return order.stream().mapToInt(i -> i).toArray();
    }

    private static void sort(Twins twins, CudaPermute cuda, int[] keys, int keyCount) {
        int n = keys.length;
        int[] offsets = new int[keyCount + 1];
        int[] expected = new int[keyCount + 1];
        Arrays.fill(offsets, -7);
        var key = twins.ints(keys);
        var order = twins.poison(n);
        twins.host().permute().sort(key.host(), n, keyCount, expected, order.host());
        cuda.sort(key.device(), n, keyCount, offsets, order.device());
        assertThat(order.actualInts()).isEqualTo(order.expectedInts());
        assertThat(offsets).isEqualTo(expected);
    }

    @Test
    void sortIsStable() {
        // n, keys, keys that occur: one tile and several, more keys than a pass of the scan, more than shared memory
        // for all warps.
        int[][] cases = {
            {0, 4, 4},
            {0, 0, 1},
            {1, 1, 1},
            {500, 8, 8},
            {500, 8, 1},
            {2048, 64, 64},
            {2049, 64, 64},
            {30_011, 17, 17},
            {70_000, 3, 2},
            {5000, 2500, 2500},
            {3000, 9000, 9000}
        };
        try (Twins twins = new Twins()) {
            CudaPermute cuda = new CudaPermute(twins.device());
            for (int[] c : cases) {
                sort(twins, cuda, twins.random().ints(c[0], 0, c[2]).toArray(), c[1]);
            }
            // All on one expert, the last.
            int[] all = new int[6000];
            Arrays.fill(all, 7);
            sort(twins, cuda, all, 8);
        }
    }

    @Test
    void refusesWhatCannotBeSorted() {
        try (Twins twins = new Twins()) {
            CudaPermute cuda = new CudaPermute(twins.device());
            var x = twins.ints(0, 0).device();
            assertThatThrownBy(() -> cuda.sort(x, 2, 4, new int[4], x)).hasMessageContaining("4 offsets for 4 keys");
            assertThatThrownBy(() -> cuda.sort(x, 2, 100_000, new int[100_001], x))
                    .hasMessageContaining("sorts by at most 58112");
        }
    }

    @Test
    void scatterUndoesGather() {
        int[][] shapes = {{0, 5}, {1, 1}, {9, 17}, {70, 33}, {30, 512}, {7, 516}, {11, 2047}, {5, 2048}, {3, 0}};
        try (Twins twins = new Twins()) {
            CudaPermute cuda = new CudaPermute(twins.device());
            for (int[] shape : shapes) {
                int n = shape[0];
                int cols = shape[1];
                for (int shift = 0; shift < 2; shift++) {
                    var from = twins.normal(n * cols + shift, 1);
                    var row = twins.ints(shuffled(twins, n));
                    var to = twins.poison(n * cols);
                    var back = twins.poison(n * cols + shift);
                    var fromHost = from.host().asSlice(4L * shift);
                    var fromDevice = from.device().asSlice(4L * shift);
                    twins.host().permute().gatherRows(fromHost, row.host(), to.host(), n, cols);
                    cuda.gatherRows(fromDevice, row.device(), to.device(), n, cols);
                    assertThat(to.actualInts()).isEqualTo(to.expectedInts());
                    var backDevice = back.device().asSlice(4L * shift);
                    cuda.scatterRows(to.device(), row.device(), backDevice, n, cols);
                    var backHost = back.host().asSlice(4L * shift);
                    twins.host().permute().scatterRows(to.host(), row.host(), backHost, n, cols);
                    assertThat(back.actualInts()).isEqualTo(back.expectedInts());
                    assertThat(backHost.mismatch(fromHost)).isEqualTo(-1);
                }
            }
        }
    }

    @Test
    void gatherRepeatsRows() {
        try (Twins twins = new Twins()) {
            CudaPermute cuda = new CudaPermute(twins.device());
            var from = twins.normal(3 * 68, 1);
            var row = twins.ints(2, 0, 0, 2, 2, 1);
            var to = twins.poison(6 * 68);
            twins.host().permute().gatherRows(from.host(), row.host(), to.host(), 6, 68);
            cuda.gatherRows(from.device(), row.device(), to.device(), 6, 68);
            assertThat(to.actualInts()).isEqualTo(to.expectedInts());
        }
    }

    @Test
    void combineAndItsGradients() {
        int[][] shapes = {
            {0, 2, 5},
            {1, 1, 1},
            {7, 2, 17},
            {40, 3, 64},
            {5, 8, 33},
            {6, 2, 2048},
            {3, 1, 1540},
            {3, 5, 511},
            {2, 0, 8}
        };
        try (Twins twins = new Twins()) {
            CudaPermute cuda = new CudaPermute(twins.device());
            for (int[] shape : shapes) {
                Case c = new Case(twins, shape[0], shape[1], shape[2]);
                c.combine(twins, cuda);
                c.combineBackward(twins, cuda);
                c.sumByPosition(twins, cuda, 0);
                c.sumByPosition(twins, cuda, 1);
                c.sumByPosition(twins, cuda, -0.5f);
            }
        }
    }

    private record Case(
            int tokens, int topK, int cols, Twins.Pair position, Twins.Pair y, Twins.Pair weight, Twins.Pair dOut) {
        Case(Twins twins, int tokens, int topK, int cols) {
            this(
                    tokens,
                    topK,
                    cols,
                    twins.ints(shuffled(twins, tokens * topK)),
                    twins.normal(tokens * topK * cols, 1),
                    twins.normal(tokens * topK, 1),
                    twins.normal(tokens * cols, 1));
        }

        private String named(String what) {
            return what + " of " + tokens + " x " + topK + " x " + cols;
        }

        /** The same fused multiplications and additions in the same order. */
        void combine(Twins twins, CudaPermute cuda) {
            var out = twins.normal(tokens * cols, 1);
            twins.host().permute().combine(y.host(), position.host(), weight.host(), out.host(), tokens, topK, cols);
            cuda.combine(y.device(), position.device(), weight.device(), out.device(), tokens, topK, cols);
            assertThat(out.actualInts()).as(named("out")).isEqualTo(out.expectedInts());
        }

        void combineBackward(Twins twins, CudaPermute cuda) {
            var dy = twins.poison(tokens * topK * cols);
            var dWeight = twins.poison(tokens * topK);
            CombineGradient host = new CombineGradient(
                    y.host(), position.host(), weight.host(), dOut.host(), dy.host(), dWeight.host());
            CombineGradient device = new CombineGradient(
                    y.device(), position.device(), weight.device(), dOut.device(), dy.device(), dWeight.device());
            twins.host().permute().combineBackward(host, tokens, topK, cols);
            cuda.combineBackward(device, tokens, topK, cols);
            assertThat(dy.actualInts()).as(named("dy")).isEqualTo(dy.expectedInts());
            // Sums of cols products, each about 1 in size.
            Tolerance.sums(cols).around(Math.sqrt(cols)).check(named("dWeight"), dWeight.expected(), dWeight.actual());
        }

        /** Each sum is rounded as on the host; with a power of two for beta its product is exact. */
        void sumByPosition(Twins twins, CudaPermute cuda, float beta) {
            var dx = beta == 0 ? twins.poison(tokens * cols) : twins.normal(tokens * cols, 1);
            twins.host().permute().sumByPosition(y.host(), position.host(), dx.host(), tokens, topK, cols, beta);
            cuda.sumByPosition(y.device(), position.device(), dx.device(), tokens, topK, cols, beta);
            assertThat(dx.actualInts()).as(named("dx")).isEqualTo(dx.expectedInts());
        }
    }
}
