package io.witan.scheduler.pipeline;

import io.witan.scheduler.plan.Topology;

/**
 * What one MoE layer moves and computes in a micro-batch, on the rank with most.
 *
 * @param assignments that a rank sends, and computes
 * @param rowBytes of an assignment as it travels
 * @param leavesRank share of the assignments that other ranks compute, 0 .. 1
 * @param leavesNode share that other nodes compute, at most {@code leavesRank}
 */
public record LayerSizes(long assignments, long rowBytes, double leavesRank, double leavesNode) {
    /** @throws IllegalArgumentException if a size is negative or a share not as above */
    public LayerSizes {
        if (assignments < 0 || rowBytes < 0 || !(leavesNode >= 0 && leavesNode <= leavesRank && leavesRank <= 1)) {
            throw new IllegalArgumentException(assignments + " assignments of " + rowBytes + " bytes, shares of "
                    + leavesRank + " that leave the rank and " + leavesNode
                    + " the node; allowed sizes of 0 or more, and 0 <= node <= rank <= 1");
        }
    }

    /** Without copies of experts, and with even loads: each rank computes as much of every other. */
    public static LayerSizes even(Topology topology, long assignments, long rowBytes) {
        int fewest = topology.rankCount();
        for (int node = 0; node < topology.nodeCount(); node++) {
            fewest = Math.min(fewest, topology.rankCount(node));
        }
        double ranks = topology.rankCount();
        return new LayerSizes(assignments, rowBytes, (ranks - 1) / ranks, (ranks - fewest) / ranks);
    }

    double bytesInNode() {
        return (leavesRank - leavesNode) * assignments * rowBytes;
    }

    double bytesBetweenNodes() {
        return leavesNode * assignments * rowBytes;
    }

    double bytes() {
        return leavesRank * assignments * rowBytes;
    }
}
