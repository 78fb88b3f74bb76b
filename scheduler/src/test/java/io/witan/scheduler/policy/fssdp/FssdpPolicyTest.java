package io.witan.scheduler.policy.fssdp;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.Worlds;
import io.witan.scheduler.cost.LayerCost;
import io.witan.scheduler.cost.LayerTime;
import io.witan.scheduler.cost.LayerTimeModel;
import io.witan.scheduler.cost.LinkSpeed;
import io.witan.scheduler.cost.MoveTime;
import io.witan.scheduler.placement.HeterogeneousSharding;
import io.witan.scheduler.placement.MinimumMoves;
import io.witan.scheduler.placement.OwnerPlacement;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.policy.ReshardInput;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.policy.StepPlacement;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FssdpPolicyTest {
    private static final Topology TOPOLOGY = Topology.of(2, 2);
    private static final LayerCost CHEAP =
            new LayerCost(1000, 8000, 1000, 1_000_000, 400_000, 0, new LinkSpeed(10_000_000_000L, 1_000_000_000L));
    private static final LayerCost DEAR =
            new LayerCost(100_000_000, 800_000_000, 1000, 1_000_000, 0, 0, new LinkSpeed(10_000_000L, 10_000_000L));

    @Test
    void shouldGiveMemoryToTheLayersThatNeedIt() {
        long[][] load = {{90, 10, 10, 10}, {30, 30, 30, 30}, {50, 30, 20, 20}};

        StepPlacement placed = new FssdpPolicy(settings(CHEAP, 3, 4)).place(step(load));

        assertThat(placed.wide().stream().map(FssdpPolicyTest::most).toList())
                .as("4 copies by excess 60, 0, 20; 3 of the 4 hottest fit beside one's own")
                .containsExactly(3, 0, 1);
        assertThat(placed.keeps()).containsExactly(true, true, true);
    }

    @Test
    void shouldKeepTheLastLayersThatFitAndReleaseTheOthers() {
        long[][] load = {{90, 90, 10, 10}, {80, 80, 30, 30}, {70, 70, 20, 20}, {60, 60, 1, 1}};
        PolicySettings settings =
                settings(CHEAP, 4, 5).withOverlapDegree(2).withRetention(PolicySettings.Retention.BY_MEMORY);

        StepPlacement placed = new FssdpPolicy(settings).place(step(load));

        assertThat(placed.wide().stream().map(FssdpPolicyTest::most).toList()).containsExactly(2, 2, 2, 2);
        assertThat(placed.keeps())
                .as("2 of 5 for a layer that comes and goes, 3 for one that stays")
                .containsExactly(false, false, false, true);
        assertThat(new FssdpPolicy(settings.withMemoryPool(8)).place(step(load)).keeps())
                .as("room for all")
                .doesNotContain(false);
        assertThat(new FssdpPolicy(settings.withRetention(PolicySettings.Retention.RELEASE))
                        .place(step(load))
                        .keeps())
                .doesNotContain(true);
    }

    /** Two ranks; copying both of the hottest would give one rank 3 of 8 parts instead of 4, and the other 5. */
    @Test
    void shouldNotCopyWhatOnlyMovesTheWork() {
        long[] even = {101, 100, 99, 99, 99, 99, 99, 99};
        long[] uneven = {300, 100, 99, 99, 99, 99, 99, 99};
        PolicySettings two = PolicySettings.of(Topology.of(2), List.of(CHEAP), 8000)
                .withOverlapDegree(2)
                .withMemoryPool(2);
        List<Placement> owners = List.of(Placement.ofOwners(OwnerPlacement.even(1, 8, 2)[0], 2));

        assertThat(new FssdpPolicy(two)
                        .place(new StepInput(2, owners, List.of(), new long[][] {even}))
                        .wide())
                .isEqualTo(owners);
        Placement wide = new FssdpPolicy(two)
                .place(new StepInput(2, owners, List.of(), new long[][] {uneven}))
                .wide()
                .getFirst();
        assertThat(wide.holders(0)).containsExactly(0, 1);
        assertThat(wide.copyCount()).as("the second would move too much").isEqualTo(1);
    }

    /** Room for one copy in each of two layers, or for two in turn. */
    @Test
    void shouldWaitForTheGateWhenNothingIsPredicted() {
        int[][] counts = {{900, 10, 500, 10}, {900, 10, 500, 10}, {900, 10, 500, 10}, {900, 10, 500, 10}};
        int[][] others = {{10, 900, 10, 10}, {10, 900, 10, 10}, {10, 900, 10, 10}, {10, 900, 10, 10}};
        PolicySettings settings = settings(CHEAP, 2, 2);

        for (PolicySettings.Retention retention : PolicySettings.Retention.values()) {
            boolean turns = retention == PolicySettings.Retention.RELEASE;
            StepPlacement placed = new FssdpPolicy(settings.withRetention(retention)).place(step(new long[2][4]));
            Placement owners = placed.wide().getLast();
            StepPlacement.AfterGate late = placed.afterGate().orElseThrow();

            assertThat(owners.copyCount()).isZero();
            assertThat(placed.keeps()).containsOnly(!turns);
            Placement wide = late.widen(1, owners, owners, counts);
            assertThat(most(wide)).isEqualTo(turns ? 2 : 1);
            assertThat(wide.holders(0)).hasSizeGreaterThan(1);
            assertThat(late.widen(1, owners, wide, others))
                    .as("the next micro-batch has no more room")
                    .isSameAs(wide);
        }
        assertThat(new FssdpPolicy(settings.withMemoryPool(0))
                        .place(step(new long[2][4]))
                        .afterGate())
                .isEmpty();
    }

    @Test
    void shouldChangeOwnersOnlyWhenThatPays() {
        long[][] load = {{500, 400, 1, 1, 1, 1, 1, 1}};
        int[][] current = OwnerPlacement.even(1, 8, 4);
        ReshardInput input = new ReshardInput(100, current, load, 100);

        int[][] owners = new FssdpPolicy(settings(CHEAP, 1, 0).withReshardInterval(100)).reshard(input);

        assertThat(owners[0][0]).isNotEqualTo(owners[0][1]);
        assertThat(new FssdpPolicy(settings(DEAR, 1, 0).withReshardInterval(1)).reshard(input))
                .as("800 MB at 10 MB/s to spare a few ms")
                .isSameAs(current);
        assertThat(new FssdpPolicy(settings(CHEAP, 1, 0)).reshard(input))
                .as("never")
                .isSameAs(current);
        assertThat(new FssdpPolicy(settings(CHEAP, 1, 0).withReshardInterval(99)).reshard(input))
                .as("not yet")
                .isSameAs(current);
        assertThat(new FssdpPolicy(settings(CHEAP, 1, 0).withReshardInterval(100))
                        .reshard(new ReshardInput(200, owners, load, 100)))
                .as("nothing left to move")
                .isSameAs(owners);
    }

    /** The gate of the change, recomputed: gain over the interval at least twice the moving time. */
    @Test
    void shouldFollowTheInequalityOfTheGate() {
        Random random = new Random(3);
        int changed = 0;
        for (int trial = 0; trial < 200; trial++) {
            int[][] current = OwnerPlacement.even(2, 6, 3);
            long[][] load = {
                random.longs(6, 0, 900).toArray(), random.longs(6, 0, 900).toArray()
            };
            LayerCost cost = new LayerCost(
                    1000, 1 + random.nextInt(4_000_000), 1000, 100_000, 0, 0, new LinkSpeed(1L << 30, 1L << 28));
            Topology topology = Topology.of(2, 1);
            PolicySettings settings = PolicySettings.of(topology, Collections.nCopies(2, cost), 3000)
                    .withReshardInterval(50)
                    .withMicroBatches(2);

            int[][] owners = new FssdpPolicy(settings).reshard(new ReshardInput(50, current, load, 50));

            int[][] planned = MinimumMoves.relabel(
                    topology,
                    load,
                    new int[2],
                    HeterogeneousSharding.plan(topology, load, new int[2], current),
                    current);
            LayerTimeModel model = LayerTimeModel.ofWholeExperts(topology, cost);
            double gain = 100.0 * (expected(model, current, load) - expected(model, planned, load));
            double moving = MoveTime.ns(topology, settings.layers(), current, planned);
            if (gain >= 2 * moving + 400 && moving > 0) {
                assertThat(owners).isDeepEqualTo(planned);
                changed++;
            } else if (gain < 2 * moving) {
                assertThat(owners).isSameAs(current);
            }
        }
        assertThat(changed).isBetween(20, 180);
    }

    @Test
    void shouldCalibrateOnlyIfSwitchedOnAndOnlyWhenThatPays() {
        long[][] even = {{5, 5, 5, 5}};
        int[][] counts = {{4000, 1, 1, 1}, {4000, 1, 1, 1}, {4000, 1, 1, 1}, {4000, 1, 1, 1}};
        PolicySettings on = settings(CHEAP, 1, 2).withCalibration(PolicySettings.Calibration.ON);
        FssdpPolicy policy = new FssdpPolicy(on);
        StepPlacement placed = policy.place(step(even));
        Placement early = placed.wide().getFirst();

        assertThat(new FssdpPolicy(settings(CHEAP, 1, 2)).place(step(even)).afterGate())
                .isEmpty();
        assertThat(early.copyCount()).isZero();
        assertThat(placed.afterGate()
                        .orElseThrow()
                        .widen(0, early, early, counts)
                        .holders(0))
                .containsExactly(0, 1, 2, 3);
        FssdpPolicy dear = new FssdpPolicy(settings(DEAR, 1, 2).withCalibration(PolicySettings.Calibration.ON));
        assertThat(dear.place(step(even)).afterGate().orElseThrow().widen(0, early, early, counts))
                .isSameAs(early);
    }

    /** What calibration takes fulfils its inequality with 5 % margin, for random loads and copies. */
    @Test
    void shouldFollowTheInequalityOfCalibration() {
        Random random = new Random(9);
        int taken = 0;
        for (int trial = 0; trial < 400; trial++) {
            LayerCost cost = new LayerCost(
                    1 + random.nextInt(200_000), 1_000_000, 100, 100_000, random.nextInt(200_000), 10, CHEAP.speed());
            LayerTimeModel model = LayerTimeModel.ofWholeExperts(TOPOLOGY, cost);
            Placement wide = Placement.ofOwners(random.ints(6, 0, 4).toArray(), 4)
                    .with(new int[][] {{random.nextInt(4)}, {random.nextInt(4)}});
            int[][] counts = Worlds.counts(TOPOLOGY, 6, random.nextLong());
            counts[random.nextInt(4)][random.nextInt(6)] += random.nextInt(2000);

            Placement more =
                    new GateCalibration(TOPOLOGY, model, LayerTime::exposedReduceNs).extend(wide, wide, counts, 2);

            assertThat(more.contains(wide)).isTrue();
            Placement evenMore =
                    new GateCalibration(TOPOLOGY, model, LayerTime::exposedReduceNs).extend(wide, more, counts, 2);
            assertThat(Arrays.stream(evenMore.beyond(wide).copiesByRank()).max().getAsInt())
                    .as("two micro-batches")
                    .isLessThanOrEqualTo(2);
            assertThat(Arrays.stream(more.beyond(wide).copiesByRank()).max().getAsInt())
                    .isLessThanOrEqualTo(2);
            if (more != wide) {
                LayerTime before = model.time(wide, counts);
                LayerTime after = model.time(wide, more, counts);
                double saved = before.tokensNs() - after.tokensNs();
                double price = after.lateGatherNs() + Math.max(0, after.exposedReduceNs() - before.exposedReduceNs());
                assertThat(saved).isGreaterThan(1.05 * price);
                taken++;
            }
        }
        assertThat(taken).isBetween(40, 390);
    }

    private static long expected(LayerTimeModel model, int[][] owners, long[][] load) {
        return IntStream.range(0, owners.length)
                .mapToLong(l -> model.expected(Placement.ofOwners(owners[l], 3), load[l], 3000)
                        .keptNs())
                .sum();
    }

    private static int most(Placement wide) {
        return Arrays.stream(wide.copiesByRank()).max().getAsInt();
    }

    private static PolicySettings settings(LayerCost cost, int layers, int pool) {
        return PolicySettings.of(TOPOLOGY, Collections.nCopies(layers, cost), 8000)
                .withMemoryPool(pool);
    }

    private static StepInput step(long[][] load) {
        List<Placement> owners = Arrays.stream(OwnerPlacement.even(load.length, load[0].length, 4))
                .map(layer -> Placement.ofOwners(layer, 4))
                .toList();
        return new StepInput(1, owners, List.of(), load);
    }
}
