package io.witan.benchmarks.collectives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.witan.benchmarks.collectives.MemoryLimits.Point;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryLimitsTest {
    private final MemoryLimits limits =
            new MemoryLimits(List.of(new Point(100, 1, 2), new Point(10_000, 200, 600), new Point(20_000, 400, 1200)));

    @Test
    void measuredLengthsTakeTheMeasuredTime() {
        assertThat(limits.us(LeastWork.copy(100))).isEqualTo(1);
        assertThat(limits.us(LeastWork.copy(10_000))).isEqualTo(200);
        assertThat(limits.us(LeastWork.add(20_000))).isEqualTo(1200);
        assertThat(limits.us(new LeastWork(100, 10_000))).isEqualTo(601);
        assertThat(limits.us(LeastWork.NONE)).isZero();
    }

    @Test
    void betweenThemTheTimeOfAByteFollowsTheLogarithmOfTheLength() {
        // 0.01 us a byte at 100, 0.02 at 10,000: 0.015 at 1,000
        assertThat(limits.us(LeastWork.copy(1000))).isCloseTo(15, within(1e-9));
    }

    @Test
    void beyondThemTheNearestRateHolds() {
        assertThat(limits.us(LeastWork.copy(50))).isEqualTo(0.5);
        assertThat(limits.us(LeastWork.copy(40_000))).isEqualTo(800);
    }

    @Test
    void oneLengthIsEnough() {
        MemoryLimits one = MemoryLimits.fromJson(new MemoryLimits(List.of(new Point(64, 8, 16))).json());
        assertThat(one.us(new LeastWork(32, 128))).isEqualTo(4 + 32);
    }
}
