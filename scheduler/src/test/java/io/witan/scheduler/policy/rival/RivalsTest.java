package io.witan.scheduler.policy.rival;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.cost.LayerCost;
import io.witan.scheduler.cost.LayerTimeModel;
import io.witan.scheduler.cost.LinkSpeed;
import io.witan.scheduler.cost.SparseCollectiveCost;
import io.witan.scheduler.placement.HeterogeneousSharding;
import io.witan.scheduler.plan.ExpertSlices;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.TransferPlan;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.policy.ReshardInput;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Each rival does what its paper says, on cases that can be followed by hand. */
class RivalsTest {
    private static final Topology TOPOLOGY = Topology.of(2, 2);
    private static final LayerCost COST = new LayerCost(
            1_000_000, 8_000_000, 1000, 1_000_000, 400_000, 0, new LinkSpeed(10_000_000_000L, 1_000_000_000L));
    private static final long[] LOAD = {4000, 1500, 900, 800, 300, 200, 200, 100};
    private static final int[] EVEN = {0, 0, 1, 1, 2, 2, 3, 3};

    @Test
    void shadowPutsTheHottestOnAllRanksUntilTheFirstRise() {
        ShadowPolicy policy = new ShadowPolicy(settings(8));
        Placement owners = Placement.ofOwners(EVEN, 4);

        Placement wide = shadow(policy, owners, LOAD);

        // A shadow takes 1 ms. An assignment less saves 3 x 1 us + 4 x 1 us = 7 us, so drops of 143 and more pay:
        // 2500, 600, not 100.
        assertThat(policy.place(step(owners, LOAD)).wide()).containsExactly(owners);
        assertThat(wide.holders(0)).containsExactly(0, 1, 2, 3);
        assertThat(wide.holders(1)).containsExactly(0, 1, 2, 3);
        assertThat(wide.copyCount()).isEqualTo(6);
        assertThat(shadow(new ShadowPolicy(settings(1)), owners, LOAD).copyCount())
                .as("memory for one")
                .isEqualTo(3);
    }

    /** What further micro-batches add comes out of the same memory. */
    @Test
    void shadowsOfAllMicroBatchesFitIntoTheMemory() {
        ShadowPolicy policy = new ShadowPolicy(settings(3));
        Placement owners = Placement.ofOwners(EVEN, 4);
        Placement wide = owners;
        for (int hot = 0; hot < 8; hot++) {
            long[] load = new long[8];
            load[hot] = 4000;
            wide = policy.place(step(owners, load)).afterGate().orElseThrow().widen(0, owners, wide, counts(load));
            assertThat(wide.copyCount()).isEqualTo(3 * Math.min(3, hot + 1));
        }
    }

    /** The paper's sum in floating point: the first k after which it rises. */
    @Test
    void shadowStopsWhereThePapersSumRises() {
        Random random = new Random(5);
        for (int trial = 0; trial < 300; trial++) {
            long[] load = random.longs(8, 0, 700).toArray();
            long[] sorted = load.clone();
            Arrays.sort(sorted);
            int k = 0;
            while (k < 8 && total(sorted, k + 1) <= total(sorted, k)) {
                k++;
            }

            Placement wide = shadow(new ShadowPolicy(settings(8)), Placement.ofOwners(EVEN, 4), load);

            assertThat(wide.copyCount()).isEqualTo(3 * k);
        }
    }

    private static double total(long[] ascending, int k) {
        double hottest = k == 8 ? 0 : ascending[7 - k];
        return 3 * 1e-6 * hottest + 4 * 1000 * hottest / 1e9 + k * 1e6 / 1e9;
    }

    @Test
    void exchangeSetsHotExpertsBesideColdOnes() {
        long[] load = {500, 400, 10, 10, 10, 10, 10, 10};

        int[][] owners = new ExchangePolicy(settings(0).withReshardInterval(25))
                .reshard(new ReshardInput(50, new int[][] {EVEN}, new long[][] {load}, 25));

        assertThat(owners[0][0]).isNotEqualTo(owners[0][1]);
        assertThat(HeterogeneousSharding.movedExperts(new int[][] {EVEN}, owners))
                .isEqualTo(2);
        int[] sorted = owners[0].clone();
        Arrays.sort(sorted);
        assertThat(sorted).as("as many on each rank").containsExactly(EVEN);
    }

    @Test
    void exchangeNeverWorsensAndStaysWhereNothingIsWon() {
        Random random = new Random(7);
        LayerTimeModel model = LayerTimeModel.ofWholeExperts(TOPOLOGY, COST);
        ExchangePolicy policy = new ExchangePolicy(settings(0).withReshardInterval(25));
        for (int trial = 0; trial < 100; trial++) {
            long[] load = random.longs(8, 0, 700).toArray();
            int[][] current = {EVEN};
            int[][] owners = policy.reshard(new ReshardInput(25, current, new long[][] {load}, 25));
            long before = expectedNs(model, EVEN, load);
            assertThat(expectedNs(model, owners[0], load) < before || owners == current)
                    .isTrue();
        }
        int[][] single = {{0, 1, 2, 3}};
        assertThat(policy.reshard(new ReshardInput(25, single, new long[][] {{9, 1, 1, 1}}, 25)))
                .as("one expert on each rank")
                .isSameAs(single);
        int[][] current = {EVEN};
        assertThat(policy.reshard(new ReshardInput(24, current, new long[][] {LOAD}, 24)))
                .as("not yet")
                .isSameAs(current);
    }

    @Test
    void replicateKeepsItsReplicasWhileLoadIsEven() {
        ReplicatePolicy policy = new ReplicatePolicy(settings(2));
        Placement owners = Placement.ofOwners(EVEN, 4);
        Placement first = policy.place(step(owners, LOAD)).wide().getFirst();

        Placement second = policy.place(
                        new StepInput(2, List.of(owners), List.of(first), new long[][] {{5, 5, 5, 5, 5, 5, 5, 5}}))
                .wide()
                .getFirst();
        Placement without = policy.place(
                        new StepInput(2, List.of(owners), List.of(), new long[][] {{5, 5, 5, 5, 5, 5, 5, 5}}))
                .wide()
                .getFirst();

        assertThat(first.holders(0).length).as("the hottest is replicated").isGreaterThan(1);
        assertThat(max(first.copiesByRank())).isLessThanOrEqualTo(2);
        assertThat(without).as("none without need").isEqualTo(owners);
        assertThat(second.contains(owners)).isTrue();
        assertThat(second.copyCount())
                .as("what was made for other loads may go, is not made anew")
                .isLessThanOrEqualTo(first.copyCount());
    }

    @Test
    void replicateGivesTheSlotOfAColdReplicaToAHotExpert() {
        ReplicatePolicy policy = new ReplicatePolicy(settings(1));
        Placement owners = Placement.ofOwners(EVEN, 4);
        Placement full = owners.with(new int[][] {{}, {}, {}, {}, {}, {}, {0, 1}, {2}});
        long[] load = {4000, 1, 1, 1, 1, 1, 1, 1};

        Placement wide = policy.place(new StepInput(2, List.of(owners), List.of(full), new long[][] {load}))
                .wide()
                .getFirst();

        assertThat(wide.holders(0))
                .as("moved to free slots and to those of 6 and 7")
                .containsExactly(0, 1, 2, 3);
        assertThat(max(wide.copiesByRank())).isEqualTo(1);
    }

    @Test
    void shardedExpertsMoveEveryHeldExpertWhetherHotOrCold() {
        ShardedExpertsPolicy policy = new ShardedExpertsPolicy(settings(1));
        Placement wide =
                policy.place(step(Placement.ofOwners(EVEN, 4), LOAD)).wide().getFirst();
        ExpertSlices slices = new ExpertSlices(8, 4);
        TransferPlan plan = HierarchicalTransferPlanner.plan(TOPOLOGY, slices.narrow(), slices.wide(wide), null);
        SparseCollectiveCost cost = SparseCollectiveCost.of(plan, slices.sliceLength(COST.expertBytes()));

        for (int rank = 0; rank < 4; rank++) {
            assertThat(wide.heldBy(rank)).as("C = 8/4 + 1 experts on each").hasSize(3);
            assertThat(cost.bytesIntoRank(rank)).as("C b (R-1) / R").isEqualTo(3 * COST.expertBytes() * 3 / 4);
        }
        assertThat(wide.holders(0).length).isGreaterThan(wide.holders(7).length);
    }

    @Test
    void shardedExpertsBeginWithOneHolderOnEachNodeIfSlotsAllow() {
        ShardedExpertsPolicy policy = new ShardedExpertsPolicy(settings(2));
        long[] even = {7, 7, 7, 7, 7, 7, 7, 7};

        Placement wide =
                policy.place(step(Placement.ofOwners(EVEN, 4), even)).wide().getFirst();

        for (int e = 0; e < 8; e++) {
            assertThat(wide.holders(e)).hasSize(2);
            assertThat(TOPOLOGY.sameNode(wide.holders(e)[0], wide.holders(e)[1]))
                    .isFalse();
        }
    }

    /** Where the papers differ, bytes and placements differ: on one uneven layer with the same memory. */
    @Test
    void rivalsDifferAsTheirPapersSay() {
        Placement owners = Placement.ofOwners(EVEN, 4);
        Placement shadow = shadow(new ShadowPolicy(settings(2)), owners, LOAD);
        int[][] exchanged = new ExchangePolicy(settings(2).withReshardInterval(1))
                .reshard(new ReshardInput(1, new int[][] {EVEN}, new long[][] {LOAD}, 1));
        Placement replicate = new ReplicatePolicy(settings(2))
                .place(step(owners, LOAD))
                .wide()
                .getFirst();
        Placement sharded = new ShardedExpertsPolicy(settings(2))
                .place(step(owners, LOAD))
                .wide()
                .getFirst();

        for (int e = 0; e < 8; e++) {
            assertThat(shadow.holders(e).length).as("one rank or all").isIn(1, 4);
        }
        assertThat(exchanged[0]).as("owners move, nothing is copied").isNotEqualTo(EVEN);
        assertThat(replicate.contains(owners)).as("owners stay").isTrue();
        assertThat(Arrays.stream(new int[] {0, 1, 2}).anyMatch(e -> replicate.holders(e).length % 4 > 1))
                .as("partial replication")
                .isTrue();
        assertThat(received(owners, shadow)).as("k experts to R-1 ranks").isEqualTo(2L * 3 * COST.expertBytes());
        assertThat(received(owners, replicate)).isEqualTo(replicate.copyCount() * COST.expertBytes());
        ExpertSlices slices = new ExpertSlices(8, 4);
        assertThat(SparseCollectiveCost.of(
                                HierarchicalTransferPlanner.plan(TOPOLOGY, slices.narrow(), slices.wide(sharded), null),
                                COST.expertBytes() / 4)
                        .totalBytes())
                .as("all C slots of all ranks, also for cold experts")
                .isEqualTo(4 * 4 * COST.expertBytes() * 3 / 4);
    }

    private static long received(Placement owners, Placement wide) {
        return SparseCollectiveCost.of(
                        HierarchicalTransferPlanner.plan(TOPOLOGY, owners, wide, null), COST.expertBytes())
                .totalBytes();
    }

    private static long expectedNs(LayerTimeModel model, int[] owner, long[] load) {
        return model.expected(Placement.ofOwners(owner, 4), load, 8000).keptNs();
    }

    private static Placement shadow(ShadowPolicy policy, Placement owners, long[] load) {
        return policy.place(step(owners, load)).afterGate().orElseThrow().widen(0, owners, owners, counts(load));
    }

    private static StepInput step(Placement owners, long[] load) {
        return new StepInput(1, List.of(owners), List.of(), new long[][] {load});
    }

    private static PolicySettings settings(int pool) {
        return PolicySettings.of(TOPOLOGY, List.of(COST), 8000).withMemoryPool(pool);
    }

    private static int[][] counts(long[] load) {
        int[][] counts = new int[4][load.length];
        for (int e = 0; e < load.length; e++) {
            for (int s = 0; s < 4; s++) {
                counts[s][e] = (int) (load[e] / 4 + (s < load[e] % 4 ? 1 : 0));
            }
        }
        return counts;
    }

    private static int max(int[] values) {
        return Arrays.stream(values).max().getAsInt();
    }
}
