package io.witan.scheduler.plan;

import java.util.List;

/**
 * How one sparse collective moves its chunks: first between nodes, then inside nodes. The gather runs phase
 * {@code interNode} then {@code intraNode}; the reduction runs them backwards. Identical on every rank, so no descriptor is
 * exchanged, only {@link #hash()}.
 *
 * <p>How often a chunk enters a node is the planner's business (the hierarchical planner: at most once). The record takes any
 * hops; {@link #checked()} refuses those that do not work, and plans of this module's planners have passed it.
 *
 * @param topology the ranks and nodes it was made for
 * @param narrow owners only: before a gather, after a reduction
 * @param wide owners and copies: after a gather, before a reduction; contains {@code narrow}
 * @param interNode hops between nodes, in the order in which they are sent; a later hop may start from an earlier target
 * @param intraNode hops inside nodes, after every inter-node hop
 */
public record TransferPlan(
        Topology topology, Placement narrow, Placement wide, List<Transfer> interNode, List<Transfer> intraNode) {
    public TransferPlan {
        interNode = List.copyOf(interNode);
        intraNode = List.copyOf(intraNode);
    }

    /**
     * Runs the hops on paper.
     *
     * @return this plan, if every pair of {@code wide} that is not in {@code narrow} receives its chunk exactly once, from a rank
     *     that has it by then, in the list where the hop belongs
     * @throws IllegalArgumentException which names the first hop that does not fit, or what the placements lack
     */
    public TransferPlan checked() {
        HopCheck.check(this);
        return this;
    }

    /** Nothing moves. */
    public boolean isEmpty() {
        return interNode.isEmpty() && intraNode.isEmpty();
    }

    /** Chunks that a rank receives in a gather (sends in a reduction). */
    public int chunksInto(int rank) {
        return count(interNode, rank, -1) + count(intraNode, rank, -1);
    }

    /** Chunks that a rank sends in a gather (receives in a reduction). */
    public int chunksOutOf(int rank) {
        return count(interNode, -1, rank) + count(intraNode, -1, rank);
    }

    /** Chunks that enter a node over the network in a gather (leave it in a reduction). */
    public int chunksIntoNode(int node) {
        int n = 0;
        for (Transfer hop : interNode) {
            n += topology.nodeOf(hop.target()) == node ? 1 : 0;
        }
        return n;
    }

    /** Chunks moved in all: one for each pair of {@code wide} that is not in {@code narrow}. */
    public int chunkCount() {
        return interNode.size() + intraNode.size();
    }

    /**
     * Equal on all ranks exactly if (but for collisions) they made the same plan: covers topology, both placements and every
     * hop in its order. The same in every process.
     */
    public long hash() {
        long h = StableHash.mix(StableHash.SEED, topology.hashCode());
        h = StableHash.mix(h, narrow.stableHash());
        h = StableHash.mix(h, wide.stableHash());
        return mixHops(mixHops(h, interNode), intraNode);
    }

    private static long mixHops(long hash, List<Transfer> hops) {
        long h = StableHash.mix(hash, hops.size());
        for (Transfer hop : hops) {
            h = StableHash.mix(h, hop.chunk());
            h = StableHash.mix(h, (long) hop.source() << 32 | hop.target());
        }
        return h;
    }

    private static int count(List<Transfer> hops, int target, int source) {
        int n = 0;
        for (Transfer hop : hops) {
            n += hop.target() == target || hop.source() == source ? 1 : 0;
        }
        return n;
    }
}
