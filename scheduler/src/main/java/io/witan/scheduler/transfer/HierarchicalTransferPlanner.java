package io.witan.scheduler.transfer;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.Transfer;
import io.witan.scheduler.plan.TransferPlan;
import io.witan.scheduler.predict.LoadOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Plans a sparse gather, and with it its mirror, the sparse reduction, in two levels: a chunk crosses the network once for
 * each node that needs it, to one leader there, and the leader passes it on inside the node.
 */
public final class HierarchicalTransferPlanner {
    private final Topology topology;
    private final Placement wide;
    private final int[] leaderDuties;

    private HierarchicalTransferPlanner(Topology topology, Placement wide) {
        this.topology = topology;
        this.wide = wide;
        this.leaderDuties = new int[topology.rankCount()];
    }

    /**
     * @param narrow owners only
     * @param wide owners and copies; contains {@code narrow}
     * @param predictedLoad load of each expert, or null: chunks of larger load come first, then lower ids
     * @throws IllegalArgumentException if shapes differ, {@code narrow} has copies, {@code wide} does not contain it, or a load
     *     is negative
     */
    public static TransferPlan plan(Topology topology, Placement narrow, Placement wide, long[] predictedLoad) {
        if (narrow.rankCount() != topology.rankCount() || wide.rankCount() != topology.rankCount()) {
            throw new IllegalArgumentException("transfer plan: placements of " + narrow.rankCount() + " and "
                    + wide.rankCount() + " ranks, topology of " + topology.rankCount());
        }
        int chunks = wide.expertCount();
        HierarchicalTransferPlanner planner = new HierarchicalTransferPlanner(topology, wide);
        int[][] relays = new int[chunks][];
        for (int chunk = 0; chunk < chunks; chunk++) {
            relays[chunk] = planner.relays(chunk);
        }
        List<Transfer> interNode = new ArrayList<>();
        List<Transfer> intraNode = new ArrayList<>(wide.copyCount());
        for (int chunk : order(predictedLoad, chunks)) {
            addTree(interNode, chunk, relays[chunk]);
            planner.addStars(intraNode, chunk, relays[chunk]);
        }
        return new TransferPlan(topology, narrow, wide, interNode, intraNode).checked();
    }

    private static int[] order(long[] predictedLoad, int chunks) {
        if (predictedLoad != null) {
            LoadOrder.checkedTotal(predictedLoad, chunks);
            return LoadOrder.descending(predictedLoad);
        }
        int[] byId = new int[chunks];
        Arrays.setAll(byId, chunk -> chunk);
        return byId;
    }

    /** The owner, then the leader of each target node; nodes in turn from node (chunk mod N) on, so that egress spreads. */
    private int[] relays(int chunk) {
        int nodes = topology.nodeCount();
        int[] relays = new int[nodes];
        relays[0] = wide.owner(chunk);
        int count = 1;
        int ownerNode = topology.nodeOf(wide.owner(chunk));
        for (int i = 0; i < nodes; i++) {
            int node = (int) (((long) chunk + i) % nodes);
            int leader = node == ownerNode ? -1 : leader(node, chunk);
            if (leader >= 0) {
                leaderDuties[leader]++;
                relays[count++] = leader;
            }
        }
        return Arrays.copyOf(relays, count);
    }

    /** The node's holder with the fewest duties so far, the lower rank in a tie; -1 if the node has none. */
    private int leader(int node, int chunk) {
        int end = topology.firstRank(node) + topology.rankCount(node);
        int leader = -1;
        int rank = wide.nextHolder(chunk, topology.firstRank(node));
        while (rank >= 0 && rank < end) {
            if (leader < 0 || leaderDuties[rank] < leaderDuties[leader]) {
                leader = rank;
            }
            rank = wide.nextHolder(chunk, rank + 1);
        }
        return leader;
    }

    private static void addTree(List<Transfer> hops, int chunk, int[] relays) {
        int targets = relays.length - 1;
        for (int i = 1; i <= targets; i++) {
            hops.add(new Transfer(chunk, relays[RelayTree.parent(i, targets)], relays[i]));
        }
    }

    private void addStars(List<Transfer> hops, int chunk, int[] relays) {
        for (int relay : relays) {
            int node = topology.nodeOf(relay);
            int end = topology.firstRank(node) + topology.rankCount(node);
            int rank = wide.nextHolder(chunk, topology.firstRank(node));
            while (rank >= 0 && rank < end) {
                if (rank != relay) {
                    hops.add(new Transfer(chunk, relay, rank));
                }
                rank = wide.nextHolder(chunk, rank + 1);
            }
        }
    }
}
