package io.witan.collectives.sparse;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Transfer;
import io.witan.scheduler.plan.TransferPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * When each hop of a plan can run: at a level after the hop that brought the chunk to its source, and inside nodes after all
 * levels between nodes. All hops of one chunk from one source on one kind of link have the same level.
 */
public final class HopLevels {
    private static final int ABSENT = -1;

    private final TransferPlan plan;
    /** arrival[chunk * rankCount + rank] = level after which the rank has the chunk; 0: from the start. */
    private final int[] arrival;

    /** By the same index: a hop inside its node brings it. */
    private final BitSet fromNode = new BitSet();
    /** By the same index: its source there did not get it from inside the node. */
    private final BitSet firstHand = new BitSet();

    /** By the same index: a hop starts there. */
    private final BitSet sources = new BitSet();

    private final List<List<Transfer>> byLevel = new ArrayList<>();

    /** @throws IllegalArgumentException if the hops do not lead from {@code narrow} to exactly {@code wide} */
    public HopLevels(TransferPlan plan) {
        this.plan = plan;
        Placement narrow = plan.narrow();
        arrival = new int[narrow.expertCount() * narrow.rankCount()];
        Arrays.fill(arrival, ABSENT);
        for (int chunk = 0; chunk < narrow.expertCount(); chunk++) {
            arrival[index(chunk, narrow.owner(chunk))] = 0;
        }
        place(plan.interNode(), 0, "between nodes");
        place(plan.intraNode(), byLevel.size(), "inside a node");
        checkCoverage();
    }

    public TransferPlan plan() {
        return plan;
    }

    /** True if the rank gets the chunk from a rank of its node that has it in memory of its own. */
    public boolean canReadInPlace(int chunk, int rank) {
        return firstHand.get(index(chunk, rank));
    }

    /** True if the rank passes the chunk on in a gather, and so adds to it in a reduction. */
    public boolean isSource(int chunk, int rank) {
        return sources.get(index(chunk, rank));
    }

    int levelCount() {
        return byLevel.size();
    }

    /** The hops of a level in the plan's order. */
    List<Transfer> at(int level) {
        return byLevel.get(level);
    }

    private void place(List<Transfer> hops, int first, String where) {
        boolean crossing = hops == plan.interNode();
        for (Transfer hop : hops) {
            checkEnds(hop, crossing, where);
            int source = arrival[index(hop.chunk(), hop.source())];
            if (source == ABSENT) {
                throw new IllegalArgumentException(
                        hop + ": rank " + hop.source() + " does not have chunk " + hop.chunk() + " yet");
            }
            if (arrival[index(hop.chunk(), hop.target())] != ABSENT) {
                throw new IllegalArgumentException(
                        hop + ": rank " + hop.target() + " has chunk " + hop.chunk() + " already");
            }
            int level = Math.max(first, source);
            arrival[index(hop.chunk(), hop.target())] = level + 1;
            fromNode.set(index(hop.chunk(), hop.target()), !crossing);
            firstHand.set(
                    index(hop.chunk(), hop.target()), !crossing && !fromNode.get(index(hop.chunk(), hop.source())));
            sources.set(index(hop.chunk(), hop.source()));
            while (byLevel.size() <= level) {
                byLevel.add(new ArrayList<>());
            }
            byLevel.get(level).add(hop);
        }
    }

    private void checkEnds(Transfer hop, boolean crossing, String where) {
        int chunks = plan.narrow().expertCount();
        int ranks = plan.narrow().rankCount();
        boolean known = inside(hop.chunk(), chunks) && inside(hop.source(), ranks) && inside(hop.target(), ranks);
        if (!known) {
            throw new IllegalArgumentException(hop + " is outside " + chunks + " chunks and " + ranks + " ranks");
        }
        if (plan.topology().sameNode(hop.source(), hop.target()) == crossing) {
            throw new IllegalArgumentException(hop + " is listed among the hops " + where);
        }
    }

    private void checkCoverage() {
        Placement wide = plan.wide();
        for (int chunk = 0; chunk < wide.expertCount(); chunk++) {
            for (int rank = 0; rank < wide.rankCount(); rank++) {
                boolean arrives = arrival[index(chunk, rank)] != ABSENT;
                if (arrives != wide.holds(rank, chunk)) {
                    throw new IllegalArgumentException(
                            "plan " + (arrives ? "brings" : "does not bring") + " chunk " + chunk + " to rank " + rank
                                    + ", which is " + (arrives ? "no holder" : "a holder") + " of it");
                }
            }
        }
    }

    private static boolean inside(int value, int limit) {
        return value >= 0 && value < limit;
    }

    private int index(int chunk, int rank) {
        return chunk * plan.narrow().rankCount() + rank;
    }
}
