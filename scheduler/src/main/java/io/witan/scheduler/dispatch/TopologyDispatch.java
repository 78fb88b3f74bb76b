package io.witan.scheduler.dispatch;

import io.witan.scheduler.plan.DispatchPlan;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;

/**
 * Sends each token assignment to the nearest holders of its expert (Hecate, section 4.4): the source itself if it holds the
 * expert; else the holders on its node, evenly; else all holders, evenly. The one-by-one remainder of an even split starts at
 * holder number (source + expert) mod k of the k that share, so that no holder is favoured.
 *
 * <p>Runs once per layer and step on every rank; allocates little more than the plan.
 */
public final class TopologyDispatch {
    private final Topology topology;
    private final Placement placement;
    private final int[][][] plan;
    private final int[] holders;
    private final int[] noTokens;

    private TopologyDispatch(Topology topology, Placement placement) {
        int rankCount = topology.rankCount();
        this.topology = topology;
        this.placement = placement;
        this.plan = new int[rankCount][placement.expertCount()][];
        this.holders = new int[rankCount];
        this.noTokens = new int[rankCount];
    }

    /**
     * @param placement of the layer in this step
     * @param counts counts[s][e] = token assignments of source rank s to expert e, at least 0; read only
     * @throws IllegalArgumentException if shapes differ or a count is negative
     */
    public static DispatchPlan plan(Topology topology, Placement placement, int[][] counts) {
        check(topology, placement, counts);
        TopologyDispatch dispatch = new TopologyDispatch(topology, placement);
        for (int expert = 0; expert < placement.expertCount(); expert++) {
            dispatch.splitExpert(expert, counts);
        }
        return new DispatchPlan(dispatch.plan);
    }

    private void splitExpert(int expert, int[][] counts) {
        int holderCount = 0;
        for (int rank = placement.nextHolder(expert, 0); rank >= 0; rank = placement.nextHolder(expert, rank + 1)) {
            holders[holderCount++] = rank;
        }
        int from = 0;
        for (int node = 0; node < topology.nodeCount(); node++) {
            int firstRank = topology.firstRank(node);
            int endRank = firstRank + topology.rankCount(node);
            int to = from;
            while (to < holderCount && holders[to] < endRank) {
                to++;
            }
            for (int source = firstRank; source < endRank; source++) {
                boolean onNode = to > from;
                plan[source][expert] = onNode
                        ? split(source, expert, counts[source][expert], from, to)
                        : split(source, expert, counts[source][expert], 0, holderCount);
            }
            from = to;
        }
    }

    /** Splits over holders[from .. to-1], or gives all to the source if it is one of the experts' holders. */
    private int[] split(int source, int expert, int count, int from, int to) {
        if (count == 0) {
            return noTokens;
        }
        int[] byHolder = new int[holders.length];
        if (placement.holds(source, expert)) {
            byHolder[source] = count;
            return byHolder;
        }
        int sharers = to - from;
        int each = count / sharers;
        for (int i = from; i < to; i++) {
            byHolder[holders[i]] = each;
        }
        int extra = count - each * sharers;
        int next = (int) (((long) source + expert) % sharers);
        for (int i = 0; i < extra; i++) {
            byHolder[holders[from + next]]++;
            next = next + 1 == sharers ? 0 : next + 1;
        }
        return byHolder;
    }

    private static void check(Topology topology, Placement placement, int[][] counts) {
        int ranks = topology.rankCount();
        if (placement.rankCount() != ranks || counts.length != ranks) {
            throw new IllegalArgumentException("dispatch: placement has " + placement.rankCount()
                    + " ranks, counts have " + counts.length + ", topology has " + ranks);
        }
        for (int source = 0; source < ranks; source++) {
            if (counts[source].length != placement.expertCount()) {
                throw new IllegalArgumentException("dispatch: rank " + source + " has counts of "
                        + counts[source].length + " experts, expected " + placement.expertCount());
            }
            for (int expert = 0; expert < counts[source].length; expert++) {
                if (counts[source][expert] < 0) {
                    throw new IllegalArgumentException("dispatch: rank " + source + ", expert " + expert + ": count "
                            + counts[source][expert] + ", allowed 0 or more");
                }
            }
        }
    }
}
