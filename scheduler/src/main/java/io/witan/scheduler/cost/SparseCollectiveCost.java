package io.witan.scheduler.cost;

import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.Transfer;
import io.witan.scheduler.plan.TransferPlan;
import java.util.Arrays;

/**
 * Exact bytes of one sparse gather, and the least time it can take (Hecate, section 3.1). The reduction of the same plan is
 * the mirror: what a gather brings into a rank or node, the reduction takes out of it. Immutable.
 */
public final class SparseCollectiveCost {
    private final long chunkBytes;
    private final int[] chunksIntoRank;
    private final int[] chunksIntoNode;
    private final int[] chunksOutOfNode;

    private SparseCollectiveCost(TransferPlan plan, long chunkBytes) {
        Topology topology = plan.topology();
        this.chunkBytes = chunkBytes;
        this.chunksIntoRank = new int[topology.rankCount()];
        this.chunksIntoNode = new int[topology.nodeCount()];
        this.chunksOutOfNode = new int[topology.nodeCount()];
        for (Transfer hop : plan.interNode()) {
            chunksIntoRank[hop.target()]++;
            chunksIntoNode[topology.nodeOf(hop.target())]++;
            chunksOutOfNode[topology.nodeOf(hop.source())]++;
        }
        for (Transfer hop : plan.intraNode()) {
            chunksIntoRank[hop.target()]++;
        }
    }

    /**
     * @param chunkBytes bytes of one expert's parameters (gradients) as they travel
     * @throws IllegalArgumentException if chunkBytes is below 1, or the plan's bytes pass 2^63-1
     */
    public static SparseCollectiveCost of(TransferPlan plan, long chunkBytes) {
        if (chunkBytes < 1 || chunkBytes > Long.MAX_VALUE / Math.max(1, plan.chunkCount())) {
            throw new IllegalArgumentException("chunk of " + chunkBytes + " B, moved " + plan.chunkCount()
                    + " times: allowed 1 .. 2^63-1 B in all");
        }
        return new SparseCollectiveCost(plan, chunkBytes);
    }

    /** Bytes received by all ranks together, relayed chunks counted at each rank that keeps them. */
    public long totalBytes() {
        long chunks = 0;
        for (int count : chunksIntoRank) {
            chunks += count;
        }
        return chunks * chunkBytes;
    }

    /** Bytes that a rank receives, over the network or inside its node. */
    public long bytesIntoRank(int rank) {
        return chunksIntoRank[rank] * chunkBytes;
    }

    /** Bytes that enter a node over the network. */
    public long bytesIntoNode(int node) {
        return chunksIntoNode[node] * chunkBytes;
    }

    /** Bytes that leave a node over the network, its own and relayed ones. */
    public long bytesOutOfNode(int node) {
        return chunksOutOfNode[node] * chunkBytes;
    }

    /**
     * No schedule is faster: the busiest of the ranks' inputs and of the nodes' network cards in either direction, plus the
     * start-up; 0 if nothing moves.
     *
     * @param startUpNs time before the first byte moves, 0 or more
     */
    public long lowerBoundNs(LinkSpeed speed, long startUpNs) {
        int worstRank = Arrays.stream(chunksIntoRank).max().orElse(0);
        if (worstRank == 0) {
            return 0;
        }
        int worstIn = Arrays.stream(chunksIntoNode).max().orElse(0);
        int worstOut = Arrays.stream(chunksOutOfNode).max().orElse(0);
        long inside = LinkSpeed.nsFor(worstRank * chunkBytes, speed.intraNodeBytesPerSecond());
        long network = LinkSpeed.nsFor(Math.max(worstIn, worstOut) * chunkBytes, speed.interNodeBytesPerSecond());
        return Math.addExact(Math.max(inside, network), startUpNs);
    }
}
