package io.witan.scheduler.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.scheduler.Worlds;
import java.util.Arrays;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class CapacitySharesPropertyTest {
    @Provide
    Arbitrary<Worlds.Run> runs() {
        return Worlds.runs();
    }

    @Property(tries = 800)
    void usesThePoolAndNeverMore(@ForAll("runs") Worlds.Run run, @ForAll @IntRange(max = 40) int pool) {
        int[] shares = CapacityShares.divide(run.loads(), pool, run.overlapDegree());
        int most = Arrays.stream(run.overlapDegree()).sum();
        boolean hungry = false;
        for (int l = 0; l < shares.length; l++) {
            assertThat(shares[l]).isBetween(0, run.overlapDegree()[l]);
            hungry |= excess(run.loads()[l]) > 1L << 8 && shares[l] < run.overlapDegree()[l];
        }

        assertThat(Arrays.stream(shares).sum()).isLessThanOrEqualTo(Math.min(pool, most));
        if (most <= pool) {
            assertThat(shares).isEqualTo(run.overlapDegree());
        } else if (hungry) {
            assertThat(Arrays.stream(shares).sum())
                    .as("all is given while a layer can use it")
                    .isEqualTo(pool);
        }
    }

    /** Without limits that bind: within one copy of the exact proportion. */
    @Property(tries = 400)
    void sharesInProportionToTheExcess(@ForAll("runs") Worlds.Run run, @ForAll @IntRange(max = 40) int pool) {
        int[] most = new int[run.loads().length];
        Arrays.fill(most, 41);
        double total = Arrays.stream(run.loads())
                .mapToDouble(CapacitySharesPropertyTest::excess)
                .sum();
        int[] shares = CapacityShares.divide(run.loads(), pool, most);
        for (int l = 0; l < shares.length && total > 0 && pool < 41; l++) {
            assertThat((double) shares[l])
                    .isBetween(
                            pool * (excess(run.loads()[l]) / total) - 1.001,
                            pool * (excess(run.loads()[l]) / total) + 1.001);
        }
    }

    @Example
    void givesMoreToTheLayerWithOneHotExpert() {
        long[][] loads = {{90, 10, 10, 10}, {30, 30, 30, 30}, {50, 30, 20, 20}};

        assertThat(CapacityShares.divide(loads, 8, new int[] {8, 8, 8}))
                .as("excess 60, 0, 20")
                .containsExactly(6, 0, 2);
        assertThat(CapacityShares.divide(loads, 8, new int[] {4, 8, 8}))
                .as("what the first cannot use goes to the last")
                .containsExactly(4, 0, 4);
        assertThat(CapacityShares.divide(new long[2][4], 3, new int[] {2, 2})).containsExactly(0, 0);
        assertThatThrownBy(() -> CapacityShares.divide(loads, -1, new int[3])).hasMessageContaining("memory of -1");
    }

    private static long excess(long[] load) {
        return Arrays.stream(load).max().getAsLong() - Arrays.stream(load).sum() / load.length;
    }
}
