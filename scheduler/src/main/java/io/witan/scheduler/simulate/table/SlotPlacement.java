package io.witan.scheduler.simulate.table;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import java.util.Arrays;

/** Which expert is in which slot of which rank, where no expert has an owner; slot[r][i] = expert. */
final class SlotPlacement {
    private final Topology topology;
    private final int experts;
    private final int[][] slot;

    SlotPlacement(Topology topology, int experts, int[][] slot) {
        this.topology = topology;
        this.experts = experts;
        this.slot = slot;
    }

    /** Of a placement, whose ranks may have fewer experts than slots: then the first one twice. */
    static SlotPlacement of(Topology topology, Placement placement, int slots) {
        int[][] slot = new int[topology.rankCount()][slots];
        for (int rank = 0; rank < slot.length; rank++) {
            int[] held = placement.heldBy(rank);
            Arrays.setAll(slot[rank], i -> held[Math.min(i, held.length - 1)]);
        }
        return new SlotPlacement(topology, placement.expertCount(), slot);
    }

    SlotPlacement copy() {
        return new SlotPlacement(
                topology, experts, Arrays.stream(slot).map(int[]::clone).toArray(int[][]::new));
    }

    int[][] slots() {
        return slot;
    }

    /** @throws IllegalStateException if an expert is nowhere */
    Placement toPlacement() {
        int[] owner = new int[experts];
        Arrays.fill(owner, -1);
        int[][] extra = new int[experts][0];
        for (int rank = slot.length - 1; rank >= 0; rank--) {
            for (int e : slot[rank]) {
                owner[e] = rank;
                extra[e] = Arrays.copyOf(extra[e], extra[e].length + 1);
                extra[e][extra[e].length - 1] = rank;
            }
        }
        if (Arrays.stream(owner).anyMatch(rank -> rank < 0)) {
            throw new IllegalStateException("an expert has no slot: " + Arrays.deepToString(slot));
        }
        return Placement.ofOwners(owner, topology.rankCount()).with(extra);
    }

    /** Replicas of each expert on a node. */
    int[] replicas(int node) {
        int[] count = new int[experts];
        int first = topology.firstRank(node);
        for (int rank = first; rank < first + topology.rankCount(node); rank++) {
            for (int e : slot[rank]) {
                count[e]++;
            }
        }
        return count;
    }

    /** Load that each rank computes if sources are alike, holders of a node share its tokens, and all holders those of other nodes. */
    double[] computed(long[] load) {
        int nodes = topology.nodeCount();
        int[] all = new int[experts];
        int[][] onNode = new int[nodes][];
        for (int node = 0; node < nodes; node++) {
            onNode[node] = replicas(node);
            for (int e = 0; e < experts; e++) {
                all[e] += onNode[node][e];
            }
        }
        double[] foreign = foreign(load, onNode);
        double[] computed = new double[slot.length];
        for (int rank = 0; rank < slot.length; rank++) {
            int node = topology.nodeOf(rank);
            double share = (double) topology.rankCount(node) / slot.length;
            for (int e : slot[rank]) {
                computed[rank] += load[e] * share / onNode[node][e] + foreign[e] / all[e];
            }
        }
        return computed;
    }

    /** Load of nodes without the expert. */
    double[] foreign(long[] load, int[][] onNode) {
        double[] foreign = new double[experts];
        for (int node = 0; node < onNode.length; node++) {
            double share = (double) topology.rankCount(node) / slot.length;
            for (int e = 0; e < experts; e++) {
                foreign[e] += onNode[node][e] == 0 ? load[e] * share : 0;
            }
        }
        return foreign;
    }
}
