package io.witan.benchmarks.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.benchmarks.collectives.ExpectedValues.Piece;
import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.DataPath;
import io.witan.collectives.Idle;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The checker counts what is wrong, down to one bit. */
class CheckerTest {
    private static final int FLOATS = 300;

    private final ExpectedValues values = new ExpectedValues(7, BenchOp.ALL_GATHER, 3);
    private final List<Piece> pieces = List.of(
            new Piece(0, 100, 0, 0), new Piece(100, 100, ExpectedValues.ALL_RANKS, 50), new Piece(200, 100, 2, 9));

    @Test
    void everySingleFlippedBitIsCaught() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(FLOATS * Float.BYTES, Float.BYTES);
            values.fill(buffer, pieces);
            assertThat(values.wrong(buffer, pieces)).isZero();
            for (int bit = 0; bit < FLOATS * Float.SIZE; bit++) {
                flip(buffer, bit);
                assertThat(values.wrong(buffer, pieces)).as("bit %d", bit).isEqualTo(1);
                flip(buffer, bit);
            }
        }
    }

    @Test
    void sumsAreThoseOfTheRanks() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(FLOATS * Float.BYTES, Float.BYTES);
            values.fill(buffer, pieces);
            assertThat(buffer.getAtIndex(ValueLayout.JAVA_FLOAT, 110))
                    .isEqualTo(values.value(0, 60) + values.value(1, 60) + values.value(2, 60));
        }
    }

    @Test
    void valuesTellSeedOperationRankAndIndexApart() {
        assertThat(differing(new ExpectedValues(8, BenchOp.ALL_GATHER, 3), 0, 0))
                .isGreaterThan(900);
        assertThat(differing(new ExpectedValues(7, BenchOp.ALL_REDUCE, 3), 0, 0))
                .isGreaterThan(900);
        assertThat(differing(values, 1, 0)).isGreaterThan(900);
        assertThat(differing(values, 0, 1)).isGreaterThan(900);
    }

    private int differing(ExpectedValues other, int rank, int shift) {
        int differing = 0;
        for (int i = 0; i < 1000; i++) {
            differing += other.value(rank, i + shift) == values.value(0, i) ? 0 : 1;
        }
        return differing;
    }

    /** A world of one rank: the operation leaves what the rank gave, and one bit of it is seen to change. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BARRIER")
    void aFlippedBitInTheResultOfEachOperationIsCaught(BenchOp op) {
        BenchOptions options = new BenchOptions(
                List.of(op),
                1,
                List.of(256L),
                1,
                true,
                0,
                1,
                1,
                0.5,
                4,
                true,
                Idle.BACKOFF,
                DataPath.AERON,
                false,
                3,
                0);
        try (CommunicatorGroup group = CommunicatorGroup.solo();
                BenchMemory memory = new BenchMemory(group)) {
            Workload work = new Workloads(options, group.lane(0), memory).of(op, false, 256);
            work.fill();
            work.run();
            assertThat(work.wrong()).isZero();
            flip(work.result(), 1000);
            assertThat(work.wrong()).isEqualTo(1);
        }
    }

    private static void flip(MemorySegment buffer, int bit) {
        byte old = buffer.get(ValueLayout.JAVA_BYTE, bit / Byte.SIZE);
        buffer.set(ValueLayout.JAVA_BYTE, bit / Byte.SIZE, (byte) (old ^ 1 << bit % Byte.SIZE));
    }
}
