package io.witan.scheduler.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.scheduler.Worlds;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.Transfer;
import io.witan.scheduler.plan.TransferPlan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class HierarchicalTransferPlannerPropertyTest {
    @Provide
    Arbitrary<Worlds.Layer> layers() {
        return Worlds.layers();
    }

    @Property(tries = 600)
    void runningTheHopsGivesExactlyTheWidePlacement(@ForAll("layers") Worlds.Layer layer) {
        Topology topology = layer.topology();
        TransferPlan plan = plan(layer);
        List<Set<Integer>> present = new ArrayList<>();
        Map<Integer, Integer> into = new HashMap<>();
        Map<Integer, Integer> outOf = new HashMap<>();
        Map<Integer, Integer> intoNode = new HashMap<>();
        Set<List<Integer>> crossings = new HashSet<>();
        for (int c = 0; c < layer.owners().expertCount(); c++) {
            present.add(new TreeSet<>(Set.of(layer.owners().owner(c))));
        }
        for (Transfer hop : hops(plan)) {
            assertThat(present.get(hop.chunk())).contains(hop.source()).doesNotContain(hop.target());
            present.get(hop.chunk()).add(hop.target());
            into.merge(hop.target(), 1, Integer::sum);
            outOf.merge(hop.source(), 1, Integer::sum);
            int node = topology.nodeOf(hop.target());
            if (topology.nodeOf(hop.source()) != node) {
                intoNode.merge(node, 1, Integer::sum);
                assertThat(crossings.add(List.of(hop.chunk(), node)))
                        .as("chunk %d enters node %d once", hop.chunk(), node)
                        .isTrue();
            }
        }
        for (int c = 0; c < layer.wide().expertCount(); c++) {
            assertThat(present.get(c).stream().mapToInt(Integer::intValue).toArray())
                    .isEqualTo(layer.wide().holders(c));
        }
        for (int rank = 0; rank < topology.rankCount(); rank++) {
            assertThat(plan.chunksInto(rank)).isEqualTo(into.getOrDefault(rank, 0));
            assertThat(plan.chunksOutOf(rank)).isEqualTo(outOf.getOrDefault(rank, 0));
        }
        for (int node = 0; node < topology.nodeCount(); node++) {
            assertThat(plan.chunksIntoNode(node)).isEqualTo(intoNode.getOrDefault(node, 0));
        }
        assertThat(plan.chunkCount()).isEqualTo(layer.wide().copyCount());
    }

    /** Each holder starts with its own contribution; a hop run backwards hands over everything collected so far. */
    @Property(tries = 600)
    void runningTheHopsBackwardsReducesEachContributionOnce(@ForAll("layers") Worlds.Layer layer) {
        List<Map<Integer, Set<Integer>>> sums = new ArrayList<>();
        for (int c = 0; c < layer.wide().expertCount(); c++) {
            Map<Integer, Set<Integer>> byRank = new HashMap<>();
            for (int rank : layer.wide().holders(c)) {
                byRank.put(rank, new TreeSet<>(Set.of(rank)));
            }
            sums.add(byRank);
        }
        for (Transfer hop : hops(plan(layer)).reversed()) {
            Set<Integer> given = sums.get(hop.chunk()).remove(hop.target());
            Set<Integer> sum = sums.get(hop.chunk()).get(hop.source());
            assertThat(given).as("target still has its sum").isNotNull();
            assertThat(sum).as("source has not handed over yet").isNotNull().doesNotContainAnyElementsOf(given);
            sum.addAll(given);
        }
        for (int c = 0; c < layer.wide().expertCount(); c++) {
            Set<Integer> all = new TreeSet<>();
            for (int rank : layer.wide().holders(c)) {
                all.add(rank);
            }
            assertThat(sums.get(c)).isEqualTo(Map.of(layer.wide().owner(c), all));
        }
    }

    @Property(tries = 600)
    void hotterChunksGoFirstAndNoRankRelaysAChunkMoreThanTwice(@ForAll("layers") Worlds.Layer layer) {
        TransferPlan plan = plan(layer);
        Comparator<Transfer> hottestFirst = Comparator.comparingLong((Transfer hop) -> -layer.load()[hop.chunk()])
                .thenComparingInt(Transfer::chunk);

        assertThat(plan.interNode()).isSortedAccordingTo(hottestFirst);
        assertThat(plan.intraNode()).isSortedAccordingTo(hottestFirst);
        Map<List<Integer>, Integer> relayed = new HashMap<>();
        for (Transfer hop : plan.interNode()) {
            assertThat(relayed.merge(List.of(hop.chunk(), hop.source()), 1, Integer::sum))
                    .isLessThanOrEqualTo(2);
        }
    }

    @Property(tries = 250)
    void equalInputsGiveEqualPlansAndHashes(@ForAll("layers") Worlds.Layer layer) {
        Placement owners = layer.wide().ownersOnly();
        int[][] holders = new int[owners.expertCount()][];
        for (int e = 0; e < holders.length; e++) {
            holders[e] = layer.wide().holders(e);
        }
        TransferPlan again = HierarchicalTransferPlanner.plan(
                layer.topology(), owners, owners.with(holders), layer.load().clone());

        assertThat(again).isEqualTo(plan(layer));
        assertThat(again.hash()).isEqualTo(plan(layer).hash());
    }

    private static TransferPlan plan(Worlds.Layer layer) {
        return HierarchicalTransferPlanner.plan(layer.topology(), layer.owners(), layer.wide(), layer.load());
    }

    private static List<Transfer> hops(TransferPlan plan) {
        List<Transfer> hops = new ArrayList<>(plan.interNode());
        hops.addAll(plan.intraNode());
        return hops;
    }
}
