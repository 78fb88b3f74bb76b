package io.witan.scheduler.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.Worlds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class HeterogeneousShardingPropertyTest {
    @Provide
    Arbitrary<Worlds.Run> runs() {
        return Worlds.runs();
    }

    @Property(tries = 600)
    void eachRankKeepsItsNumberOfExpertsOverAllLayers(@ForAll("runs") Worlds.Run run) {
        int[][] owner = plan(run, run.owner());
        int ranks = run.topology().rankCount();
        int[] count = new int[ranks];
        for (int[] layer : owner) {
            for (int rank : layer) {
                count[rank]++;
            }
        }

        assertThat(count).isEqualTo(OwnerPlacement.slots(owner.length, owner[0].length, ranks));
    }

    /** Same owners as the oracle up to what may be exchanged: hot experts of a layer, cold ones of equal load. */
    @Property(tries = 600)
    void equalsTheOracleUpToExchangeableExperts(@ForAll("runs") Worlds.Run run) {
        SlowSharding oracle = new SlowSharding(run);
        int[][] expected = oracle.owners();
        int[][] owner = plan(run, run.owner());
        for (int l = 0; l < owner.length; l++) {
            for (List<Integer> group : groups(run, oracle, l)) {
                assertThat(ownersOf(owner[l], group)).isEqualTo(ownersOf(expected[l], group));
            }
        }
    }

    @Property(tries = 600)
    void exchangesKeepAsManyExpertsInPlaceAsCanBe(@ForAll("runs") Worlds.Run run) {
        SlowSharding oracle = new SlowSharding(run);
        int[][] expected = oracle.owners();
        int possible = 0;
        for (int l = 0; l < expected.length; l++) {
            for (List<Integer> group : groups(run, oracle, l)) {
                List<Integer> rest = new ArrayList<>(ownersOf(expected[l], group));
                for (int e : group) {
                    possible += rest.remove((Integer) run.owner()[l][e]) ? 1 : 0;
                }
            }
        }
        int experts = expected.length * expected[0].length;

        assertThat(HeterogeneousSharding.movedExperts(run.owner(), plan(run, run.owner())))
                .isEqualTo(experts - possible);
    }

    @Property(tries = 250)
    void planningAgainFromThePlanMovesNothing(@ForAll("runs") Worlds.Run run) {
        int[][] owner = plan(run, run.owner());

        assertThat(plan(run, owner)).isDeepEqualTo(owner);
    }

    private static int[][] plan(Worlds.Run run, int[][] current) {
        return HeterogeneousSharding.plan(run.topology(), run.loads(), run.overlapDegree(), current);
    }

    private static List<List<Integer>> groups(Worlds.Run run, SlowSharding oracle, int layer) {
        List<Integer> order = oracle.sorted(layer);
        List<List<Integer>> groups = new ArrayList<>();
        groups.add(order.subList(0, oracle.hotCount(layer)));
        long[] load = run.loads()[layer];
        long last = -1;
        for (int e : order.subList(oracle.hotCount(layer), order.size())) {
            if (load[e] != last) {
                groups.add(new ArrayList<>());
                last = load[e];
            }
            groups.getLast().add(e);
        }
        return groups;
    }

    private static List<Integer> ownersOf(int[] owner, List<Integer> group) {
        int[] owners = group.stream().mapToInt(e -> owner[e]).sorted().toArray();
        return Arrays.stream(owners).boxed().toList();
    }
}
