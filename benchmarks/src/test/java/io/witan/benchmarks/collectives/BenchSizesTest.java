package io.witan.benchmarks.collectives;

import static io.witan.benchmarks.collectives.BenchType.BF16;
import static io.witan.benchmarks.collectives.BenchType.BYTES;
import static io.witan.benchmarks.collectives.BenchType.FP32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.benchmarks.machine.Machine;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BenchSizesTest {
    @ParameterizedTest
    @CsvSource({"8,8", "4K,4096", "64M,67108864", "1G,1073741824", "2k,2048", "16KiB,16384", "3MB,3145728"})
    void readsSizes(String text, long bytes) {
        assertThat(BenchSizes.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-8", "8T", "M", "1.5M", "0x8", "eight"})
    void refusesWhatIsNoSize(String text) {
        assertThatThrownBy(() -> BenchSizes.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + text + "\" is no size");
    }

    @Test
    void growsFromMinToMax() {
        assertThat(BenchSizes.range(8, 64, 2, FP32)).containsExactly(8L, 16L, 32L, 64L);
        assertThat(BenchSizes.range(8, 100, 4, FP32)).isEqualTo(List.of(8L, 32L));
    }

    @Test
    void refusesRangesThatHoldNothing() {
        assertThatThrownBy(() -> BenchSizes.range(64, 8, 2, FP32))
                .hasMessageContaining("--min 64 is more than --max 8");
        assertThatThrownBy(() -> BenchSizes.range(1, 8, 2, BF16))
                .hasMessageContaining("--min 1 is less than an element of bf16, 2 B");
        assertThatThrownBy(() -> BenchSizes.range(0, 8, 2, FP32)).hasMessageContaining("--min 0");
        assertThatThrownBy(() -> BenchSizes.range(8, 64, 1, FP32)).hasMessageContaining("--factor 1");
    }

    @Test
    void roundsToEqualPartsOfWholeElements() {
        assertThat(BenchSizes.even(8, 3, FP32)).isEqualTo(12);
        assertThat(BenchSizes.even(100, 3, FP32)).isEqualTo(96);
        assertThat(BenchSizes.even(64, 2, FP32)).isEqualTo(64);
        assertThat(BenchSizes.even(100, 3, BF16)).isEqualTo(96);
        assertThat(BenchSizes.even(100, 3, BYTES)).isEqualTo(99);
    }

    @Test
    void splitsByZipfWithoutLosingAnElement() {
        assertThat(BenchSizes.split(48, 3, 0, FP32)).containsExactly(16, 16, 16);
        // weights 1, 1/2, 1/3: 600/1100, 300/1100, 200/1100 of 1100 floats
        assertThat(BenchSizes.split(4400, 3, 1, FP32)).satisfies(parts -> {
            assertThat(Arrays.stream(parts).sum()).isEqualTo(4400);
            assertThat(parts[1] / 4.0).isCloseTo(300, within(1.0));
            assertThat(parts[2] / 4.0).isCloseTo(200, within(1.0));
        });
        assertThat(BenchSizes.split(8, 2, 8, FP32)).containsExactly(8, 0);
        assertThat(BenchSizes.split(11, 2, 1, BYTES)).containsExactly(8, 3);
    }

    @Test
    void busBandwidthAsNcclTestsCountIt() {
        assertThat(BenchOp.ALL_REDUCE.busFactor(4, 1)).isEqualTo(1.5);
        assertThat(BenchOp.ALL_GATHER.busFactor(4, 1)).isEqualTo(0.75);
        assertThat(BenchOp.ALL_GATHERV.busFactor(2, 1)).isEqualTo(0.5);
        assertThat(BenchOp.REDUCE_SCATTER.busFactor(4, 1)).isEqualTo(0.75);
        assertThat(BenchOp.ALL_TO_ALL.busFactor(8, 1)).isEqualTo(0.875);
        assertThat(BenchOp.ALL_TO_ALLV.busFactor(4, 0.25)).isEqualTo(0.75);
        assertThat(BenchOp.BROADCAST.busFactor(4, 1)).isEqualTo(1);
        assertThat(BenchOp.REDUCE.busFactor(4, 1)).isEqualTo(1);
        assertThat(BenchOp.BARRIER.busFactor(4, 1)).isZero();
        assertThat(BenchOp.SPARSE_ALL_GATHER.busFactor(4, 0.25)).isEqualTo(0.1875);
        assertThat(BenchOp.SPARSE_REDUCE_SCATTER.busFactor(2, 1)).isEqualTo(0.5);
    }

    @Test
    void readsCoreLists() {
        assertThat(Machine.parseCores("0-2,8")).containsExactly(0, 1, 2, 8);
        assertThat(Machine.parseCores("unknown")).isEmpty();
    }

    @Test
    void quantilesOfTimes() {
        long[] times = new long[200];
        for (int i = 0; i < times.length; i++) {
            times[i] = (200 - i) * 1000L;
        }
        assertThat(BenchRow.quantilesUs(times)).containsExactly(101, 198, 200);
        assertThat(BenchRow.quantilesUs(new long[] {5000})).containsExactly(5, 5, 5);
    }
}
