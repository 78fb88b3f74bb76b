package io.witan.scheduler.simulate.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.policy.StepPlacement;
import io.witan.scheduler.policy.catalogue.NamedPolicy;
import io.witan.scheduler.predict.LoadOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TablesTest {
    @Test
    void publishedTablesOfTwoTestbedsAreReachedAndTheSameSeedGivesTheSame() {
        Table laer = LaerTable.of(1);
        assertThat(laer.checks()).allMatch(Verdict::holds);
        assertThat(laer.holds()).isTrue();
        assertThat(laer).isEqualTo(LaerTable.of(1));
        assertThat(ProProphetTable.of(2).checks()).allMatch(Verdict::holds);
    }

    /** Slots go to the coldest experts: each has one holder a node, the coldest ones all other slots. */
    private record ColdestPolicy(Topology topology) implements PlacementPolicy {
        @Override
        public boolean slicesExperts() {
            return true;
        }

        @Override
        public StepPlacement place(StepInput input) {
            List<Placement> wide = new ArrayList<>();
            for (long[] load : input.predictedLoad()) {
                int[] order = LoadOrder.descending(load);
                int[][] holders = new int[load.length][];
                for (int place = 0; place < order.length; place++) {
                    int e = order[place];
                    boolean coldest = place >= order.length - 2;
                    int of = place;
                    holders[e] = java.util.stream.IntStream.range(0, topology.rankCount())
                            .filter(rank -> coldest || topology.localRank(rank) == of % 8)
                            .toArray();
                }
                wide.add(Placement.ofHolders(holders, topology.rankCount()));
            }
            return StepPlacement.keeping(wide);
        }
    }

    @Test
    void aPlannerThatCopiesTheColdestExpertsMakesTheCheckFail() {
        Table wrong = LaerTable.of(1, settings -> new ColdestPolicy(settings.topology()));
        assertThat(wrong.holds()).isFalse();
        assertThat(wrong.checks()).noneMatch(Verdict::holds);
    }

    /** Copies the coldest experts to all ranks, as many as a pool of four a layer allows. */
    private record ColdCopiesPolicy(int ranks) implements PlacementPolicy {
        @Override
        public StepPlacement place(StepInput input) {
            List<Placement> wide = new ArrayList<>();
            for (int l = 0; l < input.owners().size(); l++) {
                int[] order = LoadOrder.descending(input.predictedLoad()[l]);
                int[][] extra = new int[order.length][0];
                for (int place = Math.max(0, order.length - 4); place < order.length; place++) {
                    extra[order[place]] =
                            java.util.stream.IntStream.range(0, ranks).toArray();
                }
                wide.add(input.owners().get(l).with(extra));
            }
            return StepPlacement.keeping(wide);
        }
    }

    /** One seed: the whole table takes longest. */
    @Test
    void hecatesOrderAndRangeHoldAndNotWithAPlannerThatCopiesColdExperts() {
        long seed = 1;
        Table right = HecateTable.of(seed);
        assertThat(right.checks()).hasSize(2).allMatch(Verdict::holds);
        assertThat(right.rows()).noneMatch(row -> row.role() == TableRow.Role.FITTED);
        assertThat(right.notes().getFirst()).startsWith("fitted: nothing");
        assertThat(right.misses())
                .hasSameSizeAs(right.rows().stream()
                        .filter(row -> row.role() == TableRow.Role.PREDICTED && Math.abs(row.error()) > 0.01)
                        .toList());

        assertThat(HecateTable.of(seed, wrong()).holds()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void theOtherTablesHoldAndNotWithAPlannerThatCopiesColdExperts(long seed) {
        assertThat(ProProphetTable.of(seed).holds()).isTrue();
        assertThat(ProProphetTable.of(seed, (topology, costs) -> new ColdCopiesPolicy(topology.rankCount()))
                        .holds())
                .isFalse();
        assertThat(LaerTable.of(seed).holds()).isTrue();
        assertThat(LaerTable.of(seed, settings -> new ColdestPolicy(settings.topology()))
                        .holds())
                .isFalse();
        int[] gpus = {32, 64};
        assertThat(ScaleTable.of(gpus, seed, NamedPolicy.FSSDP::create).holds()).isTrue();
        assertThat(ScaleTable.of(gpus, seed, wrong()).holds()).isFalse();
    }

    private static Function<PolicySettings, PlacementPolicy> wrong() {
        return settings -> new ColdCopiesPolicy(settings.topology().rankCount());
    }

    @Test
    void errorsAreDistancesFromTheFigureOrTheNearerEndOfTheRange() {
        assertThat(TableRow.predicted("a", "x", 2, 2.5).error()).isEqualTo(0.25);
        assertThat(TableRow.within("a", "x", 1, 2, 1.5).error()).isZero();
        assertThat(TableRow.within("a", "x", 1, 2, 3).error()).isEqualTo(0.5);
        assertThat(TableRow.within("a", "x", 2, 3, 1).error()).isEqualTo(-0.5);
        assertThat(TableRow.ours("a", "x", 1).error()).isNaN();
        List<TableRow> rows = Arrays.asList(
                TableRow.fitted("f", "x", 1, 9),
                TableRow.predicted("a", "x", 1, 1.1),
                TableRow.predicted("b", "x", 1, 1.3));
        assertThat(Table.medianError(rows)).isCloseTo(0.2, org.assertj.core.data.Offset.offset(1e-12));
        assertThat(Table.medianWithin(rows, 0.15).holds()).isFalse();
    }

    @Test
    void questionsThatCannotBeAreRefusedInOneLine() {
        assertThatThrownBy(() -> new ScaleTable.Question(10, 3, 8, 768, 12, 8192, 1))
                .hasMessageContaining("10 GPUs on 3");
        assertThatThrownBy(() -> new ScaleTable.Question(8, 1, 8, 768, 12, 8192, -1))
                .hasMessageContaining("skew -1.0");
        assertThatThrownBy(() -> new ScaleTable.Question(64, 8, 2, 768, 1, 8192, 1))
                .hasMessageContaining("2 expert slots");
    }

    @Test
    void askingForOnesOwnClusterGivesItsRows() {
        Table own = ScaleTable.of(new ScaleTable.Question(8, 2, 16, 64, 2, 512, 1.2), 5);
        assertThat(own.rows()).hasSize(4).allMatch(row -> row.role() == TableRow.Role.OURS && row.ours() > 0);
    }
}
