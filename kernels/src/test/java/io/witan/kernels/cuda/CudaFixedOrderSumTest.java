package io.witan.kernels.cuda;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CudaFixedOrderSumTest {
    private static final int MOST = 6002;
    private static final int MOST_TERMS = 40;
    private static final int[] COUNTS = {0, 1, 3, 2047, 2048, 2049, MOST};
    private static final int[] TERMS = {1, 2, 4, 5, 6, 9, 16, MOST_TERMS};

    private static MemorySegment addresses(Twins twins, List<MemorySegment> terms) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate(JAVA_LONG, terms.size());
            for (int i = 0; i < terms.size(); i++) {
                host.setAtIndex(JAVA_LONG, i, terms.get(i).address());
            }
            MemorySegment device = twins.device().allocate(host.byteSize());
            twins.device().copyIn(host, device, host.byteSize());
            return device;
        }
    }

    private static float[] sum(float[][] terms, int count, int shift, int lastShift) {
        float[] sum = new float[count];
        for (int t = 0; t < terms.length; t++) {
            int first = t == terms.length - 1 ? lastShift : shift;
            for (int i = 0; i < count; i++) {
                sum[i] = t == 0 ? terms[t][first + i] : sum[i] + terms[t][first + i];
            }
        }
        return sum;
    }

    @Test
    void fp32InOrderBitForBit() {
        try (Twins twins = new Twins()) {
            CudaFixedOrderSum cuda = new CudaFixedOrderSum(twins.device());
            var all = IntStream.range(0, MOST_TERMS)
                    .mapToObj(i -> twins.normal(MOST + 1, Math.pow(10, i % 3)))
                    .toList();
            float[][] values = all.stream().map(Twins.Pair::actual).toArray(float[][]::new);
            for (int terms : TERMS) {
                // The last term begins off its alignment in every other case.
                int shift = terms % 2;
                var segments = new ArrayList<>(
                        all.stream().limit(terms).map(Twins.Pair::device).toList());
                segments.set(terms - 1, segments.getLast().asSlice(4L * shift));
                var from = addresses(twins, segments);
                for (int count : COUNTS) {
                    var to = twins.poison(count);
                    cuda.sum(from, terms, to.device(), count);
                    assertThat(to.actual()).isEqualTo(sum(Arrays.copyOf(values, terms), count, 0, shift));
                }
            }
        }
    }

    @Test
    void theSumMayReplaceATerm() {
        try (Twins twins = new Twins()) {
            CudaFixedOrderSum cuda = new CudaFixedOrderSum(twins.device());
            for (int replaced = 0; replaced < 3; replaced++) {
                var all = List.of(twins.normal(MOST, 1), twins.normal(MOST, 1), twins.normal(MOST, 1));
                float[][] values = all.stream().map(Twins.Pair::actual).toArray(float[][]::new);
                var from = addresses(twins, all.stream().map(Twins.Pair::device).toList());
                cuda.sum(from, 3, all.get(replaced).device(), MOST);
                assertThat(all.get(replaced).actual()).isEqualTo(sum(values, MOST, 0, 0));
            }
        }
    }

    @Test
    void bf16InOrderBitForBit() {
        try (Twins twins = new Twins()) {
            CudaFixedOrderSum cuda = new CudaFixedOrderSum(twins.device());
            var all = IntStream.range(0, MOST_TERMS)
                    .mapToObj(i -> twins.ints(IntStream.range(0, MOST / 2 + 1)
                            .map(j -> bf16(twins) | bf16(twins) << 16)
                            .toArray()))
                    .toList();
            float[][] values =
                    all.stream().map(pair -> widened(pair.expectedInts())).toArray(float[][]::new);
            for (int terms : TERMS) {
                // All terms begin one element late in every other case: 2 bytes.
                int shift = terms % 2;
                var from = addresses(
                        twins,
                        all.stream()
                                .limit(terms)
                                .map(pair -> pair.device().asSlice(2L * shift))
                                .toList());
                for (int count : COUNTS) {
                    var to = twins.poison(count);
                    cuda.sumBf16(from, terms, to.device(), count);
                    assertThat(to.actual()).isEqualTo(sum(Arrays.copyOf(values, terms), count, shift, shift));
                }
            }
        }
    }

    private static float[] widened(int[] pairs) {
        float[] values = new float[2 * pairs.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.intBitsToFloat(pairs[i / 2] >>> 16 * (i % 2) << 16);
        }
        return values;
    }

    private static int bf16(Twins twins) {
        return Float.floatToRawIntBits((float) twins.random().nextGaussian()) >>> 16;
    }

    @Test
    void refusesNoTerms() {
        try (Twins twins = new Twins()) {
            CudaFixedOrderSum cuda = new CudaFixedOrderSum(twins.device());
            var x = twins.poison(2).device();
            assertThatThrownBy(() -> cuda.sum(x, 0, x, 1)).hasMessageContaining("terms is 0");
        }
    }
}
