package io.witan.scheduler.simulate;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.Transfer;
import io.witan.scheduler.plan.TransferPlan;
import java.util.Arrays;

/**
 * Bytes of one operation between ranks, as they fill the links.
 *
 * @param inside of each rank, over the link inside its node: the larger direction
 * @param network of each node's card: the larger direction
 */
record Volume(double[] inside, double[] network) {
    static Volume none(Topology topology) {
        return new Volume(new double[topology.rankCount()], new double[topology.nodeCount()]);
    }

    /** Chunks of a gather, in the hops that the planner chose; the reduction is its mirror. Ranks of a node pass chunks on as they come. */
    static Volume ofTransfer(TransferPlan plan, double chunkBytes) {
        Topology topology = plan.topology();
        Volume volume = none(topology);
        double[] out = new double[topology.nodeCount()];
        for (Transfer hop : plan.interNode()) {
            volume.network[topology.nodeOf(hop.target())] += chunkBytes;
            out[topology.nodeOf(hop.source())] += chunkBytes;
        }
        for (Transfer hop : plan.intraNode()) {
            volume.inside[hop.target()] += chunkBytes;
        }
        for (int node = 0; node < out.length; node++) {
            volume.network[node] = Math.max(volume.network[node], out[node]);
        }
        return volume;
    }

    /** The same along a ring of the nodes that have the chunk, each of which takes it in once and, but for the last, passes it on once. */
    static Volume ofRing(Topology topology, Placement wide, double chunkBytes) {
        Volume volume = none(topology);
        double[] in = new double[topology.nodeCount()];
        double[] out = new double[topology.nodeCount()];
        for (int e = 0; e < wide.expertCount(); e++) {
            int[] holders = wide.holders(e);
            int root = topology.nodeOf(wide.owner(e));
            int last = -1;
            int count = 0;
            for (int holder : holders) {
                int node = topology.nodeOf(holder);
                boolean first = node != last;
                if (first && node != root) {
                    in[node] += chunkBytes;
                    out[node] += chunkBytes;
                    count++;
                } else if (holder != wide.owner(e)) {
                    volume.inside[holder] += chunkBytes;
                }
                last = node;
            }
            if (count > 0) {
                out[root] += chunkBytes;
                out[lastForeign(topology, holders, root)] -= chunkBytes;
            }
        }
        Arrays.setAll(volume.network, node -> Math.max(in[node], out[node]));
        return volume;
    }

    private static int lastForeign(Topology topology, int[] holders, int root) {
        int last = -1;
        for (int holder : holders) {
            last = topology.nodeOf(holder) == root ? last : topology.nodeOf(holder);
        }
        return last;
    }

    /** Rows of a dispatch; the combine is its mirror. */
    static Volume ofDispatch(DispatchTotals totals, double rowBytes) {
        double[] inside = new double[totals.insideIn().length];
        double[] network = new double[totals.networkIn().length];
        Arrays.setAll(inside, rank -> rowBytes * Math.max(totals.insideIn()[rank], totals.insideOut()[rank]));
        Arrays.setAll(network, node -> rowBytes * Math.max(totals.networkIn()[node], totals.networkOut()[node]));
        return new Volume(inside, network);
    }

    /** Every rank restores so many experts, an equal slice of each from every rank. */
    static Volume ofSlices(Topology topology, int slots, double expertBytes) {
        int ranks = topology.rankCount();
        double[] inside = new double[ranks];
        double[] network = new double[topology.nodeCount()];
        for (int node = 0; node < network.length; node++) {
            int local = topology.rankCount(node);
            network[node] = slots * expertBytes * local * (ranks - local) / ranks;
            Arrays.fill(
                    inside,
                    topology.firstRank(node),
                    topology.firstRank(node) + local,
                    slots * expertBytes * (local - 1) / ranks);
        }
        return new Volume(inside, network);
    }

    Volume times(double factor) {
        return new Volume(
                Arrays.stream(inside).map(bytes -> bytes * factor).toArray(),
                Arrays.stream(network).map(bytes -> bytes * factor).toArray());
    }

    /** What this has beyond the other, never below 0. */
    Volume beyond(Volume other) {
        Volume rest = new Volume(inside.clone(), network.clone());
        for (int rank = 0; rank < inside.length; rank++) {
            rest.inside[rank] = Math.max(0, inside[rank] - other.inside[rank]);
        }
        for (int node = 0; node < network.length; node++) {
            rest.network[node] = Math.max(0, network[node] - other.network[node]);
        }
        return rest;
    }

    Volume plus(Volume other) {
        Volume sum = new Volume(inside.clone(), network.clone());
        for (int rank = 0; rank < inside.length; rank++) {
            sum.inside[rank] += other.inside[rank];
        }
        for (int node = 0; node < network.length; node++) {
            sum.network[node] += other.network[node];
        }
        return sum;
    }

    boolean isEmpty() {
        return Arrays.stream(inside).allMatch(bytes -> bytes == 0)
                && Arrays.stream(network).allMatch(bytes -> bytes == 0);
    }
}
