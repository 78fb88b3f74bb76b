package io.witan.launcher.watch;

import static io.witan.launcher.watch.Steps.step;
import static org.assertj.core.api.Assertions.assertThat;

import io.witan.runtime.state.Sharding;
import io.witan.runtime.train.StepResult.ExpertMove;
import io.witan.scheduler.cost.LayerCost;
import io.witan.scheduler.cost.LayerTimeModel;
import io.witan.scheduler.cost.LinkSpeed;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DecisionLogTest {
    private static final long[][] LOAD = {{10, 31, 50, 9}};
    private static final Placement OWNERS = Placement.ofOwners(new int[] {0, 0, 1, 2}, 3);
    private static final Placement ONE_COPIED = OWNERS.with(new int[][] {{}, {1, 2}});

    private final DecisionLog log = new DecisionLog(Sharding.WHOLE, Optional.empty());

    @Test
    void tellsCopiesWhenTheyChangeAndOnlyThen() {
        assertThat(log.of(step(1, LOAD, List.of(OWNERS)))).isEmpty();
        assertThat(log.of(step(2, LOAD, List.of(ONE_COPIED))))
                .containsExactly("step 2: layer 0: expert 1 (31 % of load) copied to ranks 1, 2");
        assertThat(log.of(step(3, LOAD, List.of(OWNERS.with(new int[][] {{}, {1, 2}})))))
                .isEmpty();
        assertThat(log.of(step(4, new long[][] {{50, 0, 50, 0}}, List.of(OWNERS.with(new int[][] {{}, {}, {0}})))))
                .containsExactly(
                        "step 4: layer 0: expert 1 (0 % of load) no longer copied",
                        "step 4: layer 0: expert 2 (50 % of load) copied to rank 0");
    }

    @Test
    void tellsCopiesOfTheFirstStepOfAResumedRun() {
        assertThat(log.of(step(41, LOAD, List.of(OWNERS, ONE_COPIED).subList(1, 2))))
                .containsExactly("step 41: layer 0: expert 1 (31 % of load) copied to ranks 1, 2");
    }

    @Test
    void tellsMoves() {
        assertThat(log.of(step(400, LOAD, List.of(OWNERS), new ExpertMove(3, 5, 0, 2))))
                .containsExactly("step 400: layer 3: expert 5 moves from rank 0 to rank 2");
    }

    /** A move alone changes the owner, not the copies. */
    @Test
    void aNewOwnerIsNoCopy() {
        log.of(step(1, LOAD, List.of(OWNERS)));
        assertThat(log.of(step(2, LOAD, List.of(Placement.ofOwners(new int[] {1, 0, 0, 2}, 3)))))
                .isEmpty();
    }

    @Test
    void saysWhatACopySavesAndCosts() {
        // 1 ms an assignment forward: the busiest rank has 50 (rank 1) without and, with expert 1 on all, 50 + 31 / 3.
        // Attention takes 10 ms; an expert of 1 MB over 1 GB/s takes 1 ms: hidden.
        LayerCost cost = new LayerCost(1_000_000, 3_000_000, 4, 1_000_000_000, 10_000_000, 0, speed());
        DecisionLog told =
                new DecisionLog(Sharding.WHOLE, Optional.of(LayerTimeModel.ofWholeExperts(Topology.of(3), cost)));
        long[][] load = {{0, 90, 5, 5}};

        // 90 without, 35 with (30 of expert 1 and 5 of its own): 3 x 55 ms; the gather moves 2 copies, 1 ms into each
        // rank, in and out.
        assertThat(told.of(step(400, load, List.of(ONE_COPIED))))
                .singleElement()
                .asString()
                .matches("step 400: layer 0: expert 1 \\(90 % of load\\) copied to ranks 1, 2; saves 16[0-9] ms, "
                        + "costs [1-5]\\.[0-9] ms hidden");
    }

    @Test
    void saysWhatOfTheCostShows() {
        LayerCost cost = new LayerCost(1_000_000, 3_000_000, 4, 1_000_000_000, 0, 0, speed());
        DecisionLog told =
                new DecisionLog(Sharding.WHOLE, Optional.of(LayerTimeModel.ofWholeExperts(Topology.of(3), cost)));

        assertThat(told.of(step(400, new long[][] {{0, 90, 5, 5}}, List.of(ONE_COPIED))))
                .singleElement()
                .asString()
                .matches(".*; saves 16[0-9] ms, costs ([0-9.]+) ms, \\1 ms of it not hidden");
        assertThat(told.of(step(401, new long[][] {{0, 0, 95, 5}}, List.of(OWNERS.with(new int[][] {{}, {1}})))))
                .singleElement()
                .asString()
                .contains("(0 % of load) copied to rank 1; saves nothing by itself, costs");
    }

    /** No expert has an owner: a holder that alone changes is no decision to tell. */
    @Test
    void tellsWhichRanksPutAnExpertTogether() {
        DecisionLog sliced = new DecisionLog(Sharding.SLICED, Optional.empty());
        assertThat(sliced.of(step(1, LOAD, List.of(holders(new int[][] {{0}, {0, 1, 2}, {1}, {2}})))))
                .containsExactly("step 1: layer 0: expert 1 (31 % of load) put together on ranks 0, 1, 2");
        assertThat(sliced.of(step(2, LOAD, List.of(holders(new int[][] {{1}, {0, 1, 2}, {0}, {2}})))))
                .isEmpty();
        assertThat(sliced.of(step(3, LOAD, List.of(holders(new int[][] {{1}, {2}, {0, 2}, {2}})))))
                .containsExactly(
                        "step 3: layer 0: expert 1 (31 % of load) put together on rank 2 alone",
                        "step 3: layer 0: expert 2 (50 % of load) put together on ranks 0, 2");
    }

    /** With one more holder a rank has 45 instead of 90, of an expert that takes two thirds of a millisecond to receive. */
    @Test
    void saysWhatPuttingTogetherSavesAndCosts() {
        LayerCost cost = new LayerCost(1_000_000, 3_000_000, 4, 1_000_000_000, 10_000_000, 0, speed());
        DecisionLog sliced =
                new DecisionLog(Sharding.SLICED, Optional.of(LayerTimeModel.ofSlices(Topology.of(3), cost)));

        assertThat(sliced.of(
                        step(400, new long[][] {{0, 90, 5, 5}}, List.of(holders(new int[][] {{0}, {1, 2}, {0}, {0}})))))
                .singleElement()
                .asString()
                .matches("step 400: layer 0: expert 1 \\(90 % of load\\) put together on ranks 1, 2; saves 13[0-9] ms, "
                        + "costs [0-9.]+ ms hidden");
    }

    private static Placement holders(int[][] holders) {
        return Placement.ofHolders(holders, 3);
    }

    private static LinkSpeed speed() {
        return new LinkSpeed(1_000_000_000, 1_000_000_000);
    }
}
