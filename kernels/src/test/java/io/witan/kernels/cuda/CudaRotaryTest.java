package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.AttentionKernel.Shape;
import io.witan.kernels.RotaryKernel.Direction;
import io.witan.kernels.reference.Tolerance;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CudaRotaryTest {
    private static final double BASE = 10_000;

    /** Differences of two products: off by roundings of these, whose factors are at most 1 and about 5. */
    private static final Tolerance TURNED = Tolerance.roundings(4).around(5);

    @ParameterizedTest
    @CsvSource({
        "0, 4, 8, 2",
        "2, 0, 8, 2",
        "1, 1, 2, 1",
        "2, 5, 12, 2",
        "1, 33, 64, 2",
        "3, 40, 68, 2",
        "1, 300, 96, 3",
        "2, 9, 16, 2"
    })
    void turnsQueriesAndKeysAndLeavesValues(int sequences, int positions, int width, int heads) {
        Shape shape = new Shape(sequences, positions, width, heads);
        try (Twins twins = new Twins()) {
            CudaRotary cuda = new CudaRotary(twins.device());
            var host = twins.host().rotary();
            var table = twins.poison(positions * (width / heads));
            host.fillTable(table.host(), positions, width / heads, BASE);
            cuda.fillTable(table.device(), positions, width / heads, BASE);
            assertThat(table.actualInts()).isEqualTo(table.expectedInts());
            var qkv = twins.normal(sequences * positions * 3 * width, 1);
            for (Direction direction : Direction.values()) {
                host.rotate(qkv.host(), table.host(), shape, direction);
                cuda.rotate(qkv.device(), table.device(), shape, direction);
                TURNED.check(direction.name(), qkv.expected(), qkv.actual());
            }
        }
    }

    @Test
    void memoryNeedNotBeAligned() {
        Shape shape = new Shape(2, 7, 16, 2);
        try (Twins twins = new Twins()) {
            CudaRotary cuda = new CudaRotary(twins.device());
            var table = twins.normal(7 * 8, 1);
            var qkv = twins.normal(1 + 14 * 48, 1);
            twins.host().rotary().rotate(qkv.host().asSlice(4), table.host(), shape, Direction.FORWARD);
            cuda.rotate(qkv.device().asSlice(4), table.device(), shape, Direction.FORWARD);
            TURNED.check("turned", qkv.expected(), qkv.actual());
        }
    }

    @Test
    void refusesOddHeads() {
        try (Twins twins = new Twins()) {
            CudaRotary cuda = new CudaRotary(twins.device());
            var memory = twins.normal(12, 1);
            assertThatThrownBy(() ->
                            cuda.rotate(memory.device(), memory.device(), new Shape(1, 1, 3, 1), Direction.FORWARD))
                    .hasMessageContaining("even head width, got 3");
        }
    }
}
