package io.witan.collectives;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.Transfer;
import io.witan.scheduler.plan.TransferPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Simple transfer plans: each chunk enters a node through the lowest holder there. */
final class SparsePlans {
    /** How a chunk goes from its owner to the leaders and from a leader to the rest of its node. */
    enum Shape {
        STAR,
        CHAIN
    }

    private SparsePlans() {}

    static Placement randomWide(Topology topology, int experts, double density, SplittableRandom random) {
        int ranks = topology.rankCount();
        int[] owner = new int[experts];
        int[][] extra = new int[experts][];
        for (int e = 0; e < experts; e++) {
            owner[e] = random.nextInt(ranks);
            List<Integer> copies = new ArrayList<>();
            for (int rank = 0; rank < ranks; rank++) {
                if (random.nextDouble() < density) {
                    copies.add(rank);
                }
            }
            extra[e] = copies.stream().mapToInt(Integer::intValue).toArray();
        }
        return Placement.ofOwners(owner, ranks).with(extra);
    }

    static TransferPlan plan(Topology topology, Placement wide, Shape shape) {
        List<Transfer> interNode = new ArrayList<>();
        List<Transfer> intraNode = new ArrayList<>();
        for (int chunk = 0; chunk < wide.expertCount(); chunk++) {
            int owner = wide.owner(chunk);
            TreeMap<Integer, Integer> leaders = new TreeMap<>();
            leaders.put(topology.nodeOf(owner), owner);
            int entry = owner;
            for (int rank : wide.holders(chunk)) {
                if (leaders.putIfAbsent(topology.nodeOf(rank), rank) == null) {
                    interNode.add(new Transfer(chunk, entry, rank));
                    entry = shape == Shape.CHAIN ? rank : owner;
                }
            }
            TreeMap<Integer, Integer> last = new TreeMap<>(leaders);
            for (int rank : wide.holders(chunk)) {
                int node = topology.nodeOf(rank);
                if (leaders.get(node) != rank) {
                    intraNode.add(new Transfer(chunk, last.get(node), rank));
                    if (shape == Shape.CHAIN) {
                        last.put(node, rank);
                    }
                }
            }
        }
        return new TransferPlan(topology, wide.ownersOnly(), wide, interNode, intraNode);
    }
}
