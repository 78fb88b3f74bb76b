package io.witan.launcher.watch;

import static io.witan.launcher.watch.Steps.step;
import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.state.Sharding;
import io.witan.runtime.train.StepResult;
import io.witan.runtime.train.StepResult.ExpertMove;
import io.witan.scheduler.plan.Placement;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class BalanceTableTest {
    private static final Placement OWNERS = Placement.ofOwners(new int[] {0, 0, 1}, 2);
    private static final Placement COPIED = OWNERS.with(new int[][] {{1}, {1}});

    private final BalanceTable table = new BalanceTable(Sharding.WHOLE);

    @Test
    void hasARowForEachLayer() {
        StepResult step = step(
                7,
                new long[][] {{1, 2, 1}, {0, 0, 0}},
                List.of(OWNERS, COPIED),
                new ExpertMove(1, 0, 0, 1),
                new ExpertMove(1, 2, 1, 0));
        table.observe(step);

        assertThat(table.rows(step))
                .containsExactly(
                        "layer  imbalance  hottest expert    its load  copies  moved",
                        "    0       1.50               1      50.0 %       0      0",
                        "    1       1.50               0       0.0 %       2      2");
        assertThat(table.summary(step))
                .isEqualTo(
                        "balance at step 7: imbalance 1.50, most in layer 0: 1.50, where expert 1 has 50 % of the load; "
                                + "2 copies, 2 experts moved so far");
    }

    @Test
    void ofManyLayersItHasTheMostUneven() {
        int layers = 30;
        long[][] load = new long[layers][];
        Arrays.fill(load, new long[] {1, 2, 1});
        StepResult step = step(1, load, Collections.nCopies(layers, OWNERS));
        step.rankLoad()[17] = new long[] {4, 0};
        table.observe(step);

        assertThat(table.rows(step))
                .hasSize(10)
                .anyMatch(row -> row.startsWith("   17       2.00"))
                .endsWith("and 22 layers that are more even");
        assertThat(table.summary(step)).contains("most in layer 17: 2.00");
    }

    @Test
    void ofSlicesItHasWholeExpertsThatRanksPutTogether() {
        Placement holders = Placement.ofHolders(new int[][] {{0, 1}, {1}, {0, 1}}, 2);
        StepResult step = step(7, new long[][] {{1, 2, 1}}, List.of(holders));
        BalanceTable sliced = new BalanceTable(Sharding.SLICED);
        sliced.observe(step);

        assertThat(sliced.rows(step))
                .containsExactly(
                        "layer  imbalance  hottest expert    its load  put together",
                        "    0       1.50               1      50.0 %             5");
        assertThat(sliced.summary(step))
                .endsWith("where expert 1 has 50 % of the load; 5 experts put together from slices");
    }
}
