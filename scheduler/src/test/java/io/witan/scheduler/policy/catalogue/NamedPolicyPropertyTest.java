package io.witan.scheduler.policy.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.Worlds;
import io.witan.scheduler.cost.LayerCost;
import io.witan.scheduler.dispatch.TopologyDispatch;
import io.witan.scheduler.placement.OwnerPlacement;
import io.witan.scheduler.plan.DispatchPlan;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.policy.PolicySettings.Calibration;
import io.witan.scheduler.policy.PolicySettings.Planner;
import io.witan.scheduler.policy.PolicySettings.Retention;
import io.witan.scheduler.policy.ReshardInput;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.policy.StepPlacement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What holds for every policy, whatever the ranks, loads, costs and settings. */
class NamedPolicyPropertyTest {
    record Choice(NamedPolicy name, Planner planner, Retention retention, Calibration calibration) {}

    @Provide
    Arbitrary<Worlds.Run> runs() {
        return Worlds.runs();
    }

    @Provide
    Arbitrary<LayerCost> costs() {
        return Worlds.costs();
    }

    @Provide
    Arbitrary<Choice> choices() {
        return Combinators.combine(
                        Arbitraries.of(NamedPolicy.class),
                        Arbitraries.of(Planner.class),
                        Arbitraries.of(Retention.class),
                        Arbitraries.of(Calibration.class))
                .as(Choice::new);
    }

    @Property(tries = 1200)
    void keepsOwnersAndMemory(
            @ForAll("runs") Worlds.Run run,
            @ForAll("costs") LayerCost cost,
            @ForAll("choices") Choice choice,
            @ForAll boolean predicted,
            @ForAll long seed) {
        int pool = (int) Math.floorMod(seed, 12L);
        PlacementPolicy policy = policy(run, cost, choice, pool);
        StepInput input = predicted ? input(run, List.of()) : unpredicted(run);

        StepPlacement placed = policy.place(input);
        List<Placement> wide = afterGate(placed, run, seed);

        for (int l = 0; l < wide.size(); l++) {
            assertThat(policy.slicesExperts()
                            || placed.wide().get(l).contains(input.owners().get(l)))
                    .isTrue();
            assertThat(wide.get(l).contains(placed.wide().get(l))).isTrue();
        }
        if (policy.slicesExperts()) {
            assertSlots(run, wide, pool / run.owner().length);
        } else {
            assertThat(peak(wide, placed.keeps())).isLessThanOrEqualTo(pool);
        }
    }

    @Property(tries = 600)
    void decidesAlikeForEqualInput(
            @ForAll("runs") Worlds.Run run,
            @ForAll("costs") LayerCost cost,
            @ForAll("choices") Choice choice,
            @ForAll long seed) {
        Worlds.Run copy = new Worlds.Run(
                Topology.of(nodes(run.topology())),
                deepCopy(run.owner()),
                deepCopy(run.loads()),
                run.overlapDegree().clone());
        PlacementPolicy policy = policy(run, cost, choice, 5);
        PlacementPolicy twin = policy(copy, cost, choice, 5);

        StepPlacement placed = policy.place(input(run, List.of()));
        StepPlacement again = twin.place(input(copy, List.of()));

        assertThat(again.wide()).isEqualTo(placed.wide());
        assertThat(again.keeps()).isEqualTo(placed.keeps());
        assertThat(policy.place(input(run, placed.wide())).wide())
                .isEqualTo(twin.place(input(copy, again.wide())).wide());
        assertThat(afterGate(again, copy, seed)).isEqualTo(afterGate(placed, run, seed));
        assertThat(twin.reshard(reshardInput(copy))).isDeepEqualTo(policy.reshard(reshardInput(run)));
        assertThat(copy.loads()).as("read only").isDeepEqualTo(run.loads());
        assertThat(copy.owner()).as("read only").isDeepEqualTo(run.owner());
    }

    @Property(tries = 600)
    void conservesTokens(
            @ForAll("runs") Worlds.Run run,
            @ForAll("costs") LayerCost cost,
            @ForAll("choices") Choice choice,
            @ForAll long seed) {
        PlacementPolicy policy = policy(run, cost, choice, 7);
        List<Placement> wide = afterGate(policy.place(input(run, List.of())), run, seed);
        int experts = run.loads()[0].length;
        for (int l = 0; l < wide.size(); l++) {
            int[][] counts = Worlds.counts(run.topology(), experts, seed + l);
            DispatchPlan plan = TopologyDispatch.plan(run.topology(), wide.get(l), counts);
            for (int s = 0; s < counts.length; s++) {
                for (int e = 0; e < experts; e++) {
                    assertThat(Arrays.stream(plan.counts()[s][e]).sum()).isEqualTo(counts[s][e]);
                }
            }
        }
    }

    /** Equal slots of a rank over all layers, but for one; with exchange even in each layer. */
    @Property(tries = 600)
    void keepsTheNumberOfExpertsOfARank(
            @ForAll("runs") Worlds.Run run, @ForAll("costs") LayerCost cost, @ForAll("choices") Choice choice) {
        int[][] even = OwnerPlacement.even(
                run.owner().length, run.owner()[0].length, run.topology().rankCount());
        Worlds.Run start = new Worlds.Run(run.topology(), even, run.loads(), run.overlapDegree());

        int[][] owners = policy(start, cost, choice, 6).reshard(reshardInput(start));

        assertThat(perRank(owners, run.topology()))
                .isEqualTo(OwnerPlacement.slots(
                        even.length, even[0].length, run.topology().rankCount()));
        for (int l = 0; l < owners.length && choice.name() == NamedPolicy.EXCHANGE; l++) {
            assertThat(perRank(new int[][] {owners[l]}, run.topology()))
                    .isEqualTo(perRank(new int[][] {even[l]}, run.topology()));
        }
    }

    private static PlacementPolicy policy(Worlds.Run run, LayerCost cost, Choice choice, int pool) {
        return choice.name()
                .create(new PolicySettings(
                        run.topology(),
                        Collections.nCopies(run.owner().length, cost),
                        5000,
                        1,
                        Arrays.stream(run.overlapDegree()).boxed().toList(),
                        pool,
                        choice.planner(),
                        10,
                        choice.calibration(),
                        choice.retention()));
    }

    private static StepInput input(Worlds.Run run, List<Placement> previous) {
        List<Placement> owners = Arrays.stream(run.owner())
                .map(layer -> Placement.ofOwners(layer, run.topology().rankCount()))
                .toList();
        return new StepInput(1, owners, previous, run.loads());
    }

    private static StepInput unpredicted(Worlds.Run run) {
        long[][] unknown = new long[run.loads().length][run.loads()[0].length];
        return new StepInput(1, input(run, List.of()).owners(), List.of(), unknown);
    }

    private static ReshardInput reshardInput(Worlds.Run run) {
        return new ReshardInput(20, run.owner(), run.loads(), 20);
    }

    private static List<Placement> afterGate(StepPlacement placed, Worlds.Run run, long seed) {
        List<Placement> after = new ArrayList<>(placed.wide());
        for (int l = 0; l < after.size(); l++) {
            Placement wide = after.get(l);
            int layer = l;
            int[][] counts = Worlds.counts(run.topology(), run.loads()[l].length, seed + l);
            after.set(
                    l,
                    placed.afterGate()
                            .map(late -> late.widen(layer, wide, wide, counts))
                            .orElse(wide));
        }
        return after;
    }

    /** Most copies that a rank has at once, walking forward and backward through the layers. */
    private static int peak(List<Placement> wide, boolean[] keeps) {
        int ranks = wide.getFirst().rankCount();
        int peak = 0;
        for (int rank = 0; rank < ranks; rank++) {
            int kept = 0;
            for (int l = 0; l < keeps.length; l++) {
                int copies = wide.get(l).copiesByRank()[rank];
                peak = Math.max(peak, kept + copies);
                kept += keeps[l] ? copies : 0;
            }
            for (int l = keeps.length - 1; l >= 0; l--) {
                int copies = wide.get(l).copiesByRank()[rank];
                peak = Math.max(peak, kept + (keeps[l] ? 0 : copies));
                kept -= keeps[l] ? copies : 0;
            }
        }
        return peak;
    }

    private static void assertSlots(Worlds.Run run, List<Placement> wide, int extra) {
        int experts = run.owner()[0].length;
        int slots = Math.ceilDiv(experts, run.topology().rankCount()) + extra;
        for (Placement layer : wide) {
            for (int rank = 0; rank < layer.rankCount(); rank++) {
                assertThat(layer.heldBy(rank).length).isLessThanOrEqualTo(slots);
            }
        }
    }

    private static int[] perRank(int[][] owners, Topology topology) {
        int[] count = new int[topology.rankCount()];
        for (int[] layer : owners) {
            for (int rank : layer) {
                count[rank]++;
            }
        }
        return count;
    }

    private static int[] nodes(Topology topology) {
        int[] nodes = new int[topology.nodeCount()];
        Arrays.setAll(nodes, topology::rankCount);
        return nodes;
    }

    private static int[][] deepCopy(int[][] rows) {
        return Arrays.stream(rows).map(int[]::clone).toArray(int[][]::new);
    }

    private static long[][] deepCopy(long[][] rows) {
        return Arrays.stream(rows).map(long[]::clone).toArray(long[][]::new);
    }
}
