package io.witan.scheduler.plan;

import java.util.BitSet;

/** Runs the hops of a plan on paper and refuses them if they do not lead from the narrow placement to the wide one. */
final class HopCheck {
    private final Topology topology;
    private final Placement wide;
    private final int rankCount;
    private final BitSet present;

    private HopCheck(Topology topology, Placement narrow, Placement wide) {
        this.topology = topology;
        this.wide = wide;
        this.rankCount = topology.rankCount();
        this.present = new BitSet(narrow.expertCount() * rankCount);
        for (int chunk = 0; chunk < narrow.expertCount(); chunk++) {
            present.set(chunk * rankCount + narrow.owner(chunk));
        }
    }

    static void check(TransferPlan plan) {
        Topology topology = plan.topology();
        Placement narrow = plan.narrow();
        Placement wide = plan.wide();
        if (narrow.rankCount() != topology.rankCount()) {
            throw new IllegalArgumentException("transfer plan: placement has " + narrow.rankCount()
                    + " ranks, topology has " + topology.rankCount());
        }
        if (narrow.copyCount() != 0) {
            throw new IllegalArgumentException(
                    "transfer plan: the narrow placement has " + narrow.copyCount() + " copies, allowed 0");
        }
        if (!wide.contains(narrow)) {
            throw new IllegalArgumentException(
                    "transfer plan: the wide placement lacks pairs of the narrow one or has other owners");
        }
        HopCheck check = new HopCheck(topology, narrow, wide);
        for (Transfer hop : plan.interNode()) {
            check.requireKnown(hop);
            check.refuseIf(check.sameNode(hop), hop, "an inter-node hop stays on one node");
            check.run(hop);
        }
        for (Transfer hop : plan.intraNode()) {
            check.requireKnown(hop);
            check.refuseIf(!check.sameNode(hop), hop, "an intra-node hop leaves its node");
            check.run(hop);
        }
        if (plan.chunkCount() != wide.copyCount()) {
            throw check.missing(plan.chunkCount());
        }
    }

    /** No hop ran twice: fewer than there are copies leave one out. */
    private IllegalArgumentException missing(int hops) {
        for (int chunk = 0; chunk < wide.expertCount(); chunk++) {
            for (int rank = 0; rank < rankCount; rank++) {
                if (wide.holds(rank, chunk) && !present.get(chunk * rankCount + rank)) {
                    return new IllegalArgumentException("transfer plan: " + hops + " hops for " + wide.copyCount()
                            + " copies: none brings chunk " + chunk + " to rank " + rank);
                }
            }
        }
        throw new IllegalStateException(hops + " hops bring " + wide.copyCount() + " copies");
    }

    private boolean sameNode(Transfer hop) {
        return topology.sameNode(hop.source(), hop.target());
    }

    private void requireKnown(Transfer hop) {
        refuseIf(hop.chunk() < 0 || hop.chunk() >= wide.expertCount(), hop, "no such chunk");
        for (int rank : new int[] {hop.source(), hop.target()}) {
            refuseIf(rank < 0 || rank >= rankCount, hop, "rank " + rank + " is not in 0.." + (rankCount - 1));
        }
    }

    private void run(Transfer hop) {
        int row = hop.chunk() * rankCount;
        refuseIf(!present.get(row + hop.source()), hop, "the source does not have the chunk yet");
        refuseIf(present.get(row + hop.target()), hop, "the target has the chunk already");
        refuseIf(!wide.holds(hop.target(), hop.chunk()), hop, "the target is no holder in the wide placement");
        present.set(row + hop.target());
    }

    private void refuseIf(boolean fault, Transfer hop, String what) {
        if (fault) {
            throw new IllegalArgumentException("transfer plan: chunk " + hop.chunk() + ", rank " + hop.source()
                    + " -> rank " + hop.target() + ": " + what);
        }
    }
}
