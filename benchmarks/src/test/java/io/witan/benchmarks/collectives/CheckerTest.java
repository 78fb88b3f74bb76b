package io.witan.benchmarks.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.benchmarks.collectives.ExpectedValues.Piece;
import io.witan.collectives.CommunicatorGroup;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The checker counts what is wrong, down to one bit. */
class CheckerTest {
    private static final int ELEMENTS = 300;

    private final ExpectedValues values = ExpectedValues.of(7, BenchOp.ALL_GATHER, 3, BenchType.FP32);

    private static List<Piece> pieces(BenchType type) {
        int source = type == BenchType.BYTES ? 1 : ExpectedValues.ALL_RANKS;
        return List.of(new Piece(0, 100, 0, 0), new Piece(100, 100, source, 50), new Piece(200, 100, 2, 9));
    }

    @ParameterizedTest
    @EnumSource(BenchType.class)
    void everySingleFlippedBitIsCaught(BenchType type) {
        BenchOp op = type == BenchType.BYTES ? BenchOp.ALL_GATHER : BenchOp.ALL_REDUCE;
        ExpectedValues expected = ExpectedValues.of(7, op, 3, type);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate((long) ELEMENTS * type.bytes(), Float.BYTES);
            expected.fill(buffer, pieces(type));
            assertThat(expected.wrong(buffer, pieces(type))).isZero();
            for (int bit = 0; bit < ELEMENTS * type.bytes() * Byte.SIZE; bit++) {
                flip(buffer, bit);
                assertThat(expected.wrong(buffer, pieces(type)))
                        .as("bit %d", bit)
                        .isEqualTo(1);
                flip(buffer, bit);
            }
        }
    }

    /** What fills a result before the operation is none of its values. */
    @ParameterizedTest
    @EnumSource(BenchType.class)
    void whatWasNotWrittenIsCaught(BenchType type) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate((long) ELEMENTS * type.bytes(), Float.BYTES);
            buffer.fill((byte) 0xFF);
            ExpectedValues expected = ExpectedValues.of(7, BenchOp.ALL_GATHER, 3, type);
            assertThat(expected.wrong(buffer, List.of(new Piece(0, ELEMENTS, 0, 0))))
                    .isEqualTo(ELEMENTS);
        }
    }

    @Test
    void sumsAreThoseOfTheRanks() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(ELEMENTS * Float.BYTES, Float.BYTES);
            values.fill(buffer, pieces(BenchType.FP32));
            assertThat(buffer.getAtIndex(ValueLayout.JAVA_FLOAT, 110))
                    .isEqualTo(values.value(0, 60) + values.value(1, 60) + values.value(2, 60));
        }
    }

    /** The largest sum that can come up, over as many ranks as there may be, survives the type. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 7, 64, 256})
    void sumsAreExactInEachType(int ranks) {
        for (BenchType type : List.of(BenchType.FP32, BenchType.BF16)) {
            int most = ExpectedValues.of(7, BenchOp.REDUCE, ranks, type).most();
            assertThat(most).isPositive();
            for (int sum = 0; sum <= Math.min(most * ranks, 1 << 16); sum++) {
                int bits = type.bitsOf(sum);
                float read = Float.intBitsToFloat(type == BenchType.BF16 ? bits << Short.SIZE : bits);
                assertThat(read).isEqualTo(sum);
            }
        }
    }

    @Test
    void valuesTellSeedOperationRankAndIndexApart() {
        assertThat(differing(ExpectedValues.of(8, BenchOp.ALL_GATHER, 3, BenchType.FP32), 0, 0))
                .isGreaterThan(900);
        assertThat(differing(ExpectedValues.of(7, BenchOp.ALL_REDUCE, 3, BenchType.FP32), 0, 0))
                .isGreaterThan(900);
        assertThat(differing(values, 1, 0)).isGreaterThan(900);
        assertThat(differing(values, 0, 1)).isGreaterThan(900);
    }

    @Test
    void valuesReachBothEndsOfTheirRange() {
        ExpectedValues few = ExpectedValues.of(7, BenchOp.REDUCE, 256, BenchType.BF16);
        assertThat(few.most()).isEqualTo(1);
        assertThat(IntStream.range(0, 100).map(i -> few.value(0, i)))
                .contains(0, 1)
                .allMatch(value -> value == 0 || value == 1);
    }

    private int differing(ExpectedValues other, int rank, int shift) {
        int differing = 0;
        for (int i = 0; i < 1000; i++) {
            differing += other.value(rank, i + shift) == values.value(0, i) ? 0 : 1;
        }
        return differing;
    }

    static Stream<Arguments> operations() {
        return Arrays.stream(BenchOp.values())
                .filter(op -> op != BenchOp.BARRIER)
                .flatMap(op ->
                        Arrays.stream(BenchType.values()).filter(op::takes).map(type -> Arguments.of(op, type)));
    }

    /** A world of one rank: the operation leaves what the rank gave, and one bit of it is seen to change. */
    @ParameterizedTest
    @MethodSource("operations")
    void aFlippedBitInTheResultOfEachOperationIsCaught(BenchOp op, BenchType type) {
        BenchOptions options = TestOptions.of(op, type, 1);
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
