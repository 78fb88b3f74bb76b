package io.witan.scheduler.placement;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class CopyQuotaPropertyTest {
    @Provide
    Arbitrary<long[]> positiveLoads() {
        return Arbitraries.longs()
                .between(1, 100_000)
                .array(long[].class)
                .ofMinSize(1)
                .ofMaxSize(12)
                .map(CopyQuotaPropertyTest::descending);
    }

    /** Loads x slots past 63 bits. */
    @Provide
    Arbitrary<long[]> hugeLoads() {
        return Arbitraries.longs()
                .between(1, Long.MAX_VALUE / 12)
                .array(long[].class)
                .ofMinSize(1)
                .ofMaxSize(12)
                .map(CopyQuotaPropertyTest::descending);
    }

    @Property(tries = 600)
    void sharesAreWithinOneOfExactAndUseAllSlots(
            @ForAll("positiveLoads") long[] load, @ForAll @IntRange(max = 200) int slots) {
        int[] quota = CopyQuota.proportional(load, slots, Integer.MAX_VALUE);
        long total = Arrays.stream(load).sum();

        assertThat(Arrays.stream(quota).sum()).isEqualTo(slots);
        for (int i = 0; i < load.length; i++) {
            long floor = load[i] * slots / total;
            assertThat((long) quota[i]).isBetween(floor, floor + (load[i] * slots % total == 0 ? 0 : 1));
            for (int j = 0; j < load.length; j++) {
                boolean iRoundedUp = quota[i] > floor;
                boolean jRoundedDown = quota[j] == load[j] * slots / total;
                assertThat(iRoundedUp && jRoundedDown && load[i] * slots % total < load[j] * slots % total)
                        .as("larger remainder first")
                        .isFalse();
            }
        }
    }

    @Property(tries = 600)
    void hugeLoadsAreSharedWithinTwoOfExact(
            @ForAll("hugeLoads") long[] load, @ForAll @IntRange(max = 1_000_000) int slots) {
        int[] quota = CopyQuota.proportional(load, slots, Integer.MAX_VALUE);
        BigInteger total = BigInteger.ZERO;
        for (long l : load) {
            total = total.add(BigInteger.valueOf(l));
        }

        assertThat(Arrays.stream(quota).sum()).isEqualTo(slots);
        for (int i = 0; i < load.length; i++) {
            long exact = BigInteger.valueOf(load[i])
                    .multiply(BigInteger.valueOf(slots))
                    .divide(total)
                    .longValueExact();
            assertThat((long) quota[i]).isBetween(exact - 2, exact + 2);
        }
    }

    @Example
    void capsTheShare() {
        assertThat(CopyQuota.proportional(new long[] {8, 1, 1}, 10, 3)).containsExactly(3, 1, 1);
        assertThat(CopyQuota.proportional(new long[] {5, 5, 5}, 4, 9)).containsExactly(2, 1, 1);
        assertThat(CopyQuota.proportional(new long[0], 4, 9)).isEmpty();
        assertThat(CopyQuota.proportional(new long[] {5}, 0, 9)).containsExactly(0);
    }

    private static long[] descending(long[] load) {
        Arrays.sort(load);
        long[] reversed = new long[load.length];
        Arrays.setAll(reversed, i -> load[load.length - 1 - i]);
        return reversed;
    }
}
