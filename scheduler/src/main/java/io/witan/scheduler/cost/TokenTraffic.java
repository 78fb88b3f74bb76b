package io.witan.scheduler.cost;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import java.util.Arrays;

/**
 * Where the token assignments of a layer are computed and what they load on the links, by the rule of
 * {@link io.witan.scheduler.dispatch.TopologyDispatch} but without making its plan. An assignment is {@code parts} parts.
 */
final class TokenTraffic {
    private final Topology topology;
    private final Placement wide;
    private final long[] computed;
    private final long[] intoRank;
    private final long[] outOfRank;
    private final long[] intoNode;
    private final long[] outOfNode;
    private final int[] holders;
    private final long parts;

    private TokenTraffic(Topology topology, Placement wide, long parts) {
        this.topology = topology;
        this.wide = wide;
        this.parts = parts;
        this.computed = new long[topology.rankCount()];
        this.intoRank = new long[topology.rankCount()];
        this.outOfRank = new long[topology.rankCount()];
        this.intoNode = new long[topology.nodeCount()];
        this.outOfNode = new long[topology.nodeCount()];
        this.holders = new int[topology.rankCount()];
    }

    /** Exactly the rows of the dispatch plan, in O(R x E + holders). */
    static TokenTraffic ofCounts(Topology topology, Placement wide, int[][] counts) {
        TokenTraffic traffic = new TokenTraffic(topology, wide, 1);
        Shares onNode = new Shares(topology.rankCount());
        Shares everywhere = new Shares(topology.rankCount());
        for (int expert = 0; expert < wide.expertCount(); expert++) {
            traffic.addCounts(expert, counts, onNode, everywhere);
        }
        return traffic;
    }

    /**
     * Every rank sends the same to an expert, in O(holders + R).
     *
     * @param perRank perRank[e] in parts
     */
    static TokenTraffic ofEvenSources(Topology topology, Placement wide, long[] perRank, long parts) {
        TokenTraffic traffic = new TokenTraffic(topology, wide, parts);
        long all = Arrays.stream(perRank).sum();
        Arrays.fill(traffic.outOfRank, all);
        Arrays.setAll(traffic.outOfNode, node -> all * topology.rankCount(node));
        for (int expert = 0; expert < wide.expertCount(); expert++) {
            traffic.addEven(expert, perRank[expert]);
        }
        return traffic;
    }

    /** Forward of the experts on the busiest rank. */
    long computeNs(LayerCost cost) {
        return computeNs(Saturated.max(computed), cost, parts);
    }

    /** Forward of so many parts of assignments. */
    static long computeNs(long computed, LayerCost cost, long parts) {
        return LinkSpeed.floorOfProduct(computed, cost.forwardPsPerAssignment(), 1000 * parts);
    }

    /** One exchange: the busiest rank or network card, in either direction. */
    long allToAllNs(LayerCost cost) {
        long worstRank = Math.max(Saturated.max(intoRank), Saturated.max(outOfRank));
        long worstNode = Math.max(Saturated.max(intoNode), Saturated.max(outOfNode));
        return allToAllNs(worstRank, worstNode, cost, parts);
    }

    /** One exchange in which the busiest rank and card have so many parts of assignments; 0 if no rank has any. */
    static long allToAllNs(long worstRank, long worstNode, LayerCost cost, long parts) {
        if (worstRank == 0) {
            return 0;
        }
        LinkSpeed speed = cost.speed();
        long inside = LinkSpeed.nsFor(bytes(worstRank, cost, parts), speed.intraNodeBytesPerSecond());
        long network = LinkSpeed.nsFor(bytes(worstNode, cost, parts), speed.interNodeBytesPerSecond());
        return Saturated.plus(Math.max(inside, network), cost.startUpNs());
    }

    private static long bytes(long rows, LayerCost cost, long parts) {
        return LinkSpeed.floorOfProduct(rows, cost.assignmentBytes(), parts);
    }

    private void addCounts(int expert, int[][] counts, Shares onNode, Shares everywhere) {
        int holderCount = wide.holders(expert, holders);
        everywhere.reset(0, holderCount);
        int from = 0;
        for (int node = 0; node < outOfNode.length; node++) {
            int firstRank = topology.firstRank(node);
            int endRank = firstRank + topology.rankCount(node);
            int to = from;
            while (to < holderCount && holders[to] < endRank) {
                to++;
            }
            Shares tier = to > from ? onNode : everywhere;
            if (to > from) {
                onNode.reset(from, to);
            }
            int next = from;
            for (int source = firstRank; source < endRank; source++) {
                int count = counts[source][expert];
                if (next < to && holders[next] == source) {
                    computed[source] += count;
                    next++;
                } else if (count > 0) {
                    outOfRank[source] += count;
                    outOfNode[node] += to > from ? 0 : count;
                    tier.deal(count, (long) source + expert);
                }
            }
            if (to > from) {
                arrive(onNode, null);
            }
            from = to;
        }
        arrive(everywhere, intoNode);
    }

    private void arrive(Shares shares, long[] nodes) {
        shares.settle();
        for (int i = shares.from; i < shares.to; i++) {
            int rank = holders[i];
            computed[rank] += shares.share[i];
            intoRank[rank] += shares.share[i];
            if (nodes != null && shares.share[i] > 0) {
                nodes[topology.nodeOf(rank)] += shares.share[i];
            }
        }
    }

    private void addEven(int expert, long perRank) {
        int holderCount = wide.holders(expert, holders);
        int sourcesWithout = topology.rankCount();
        for (int from = 0; from < holderCount; ) {
            int node = topology.nodeOf(holders[from]);
            int ranks = topology.rankCount(node);
            int endRank = topology.firstRank(node) + ranks;
            int to = from;
            while (to < holderCount && holders[to] < endRank) {
                to++;
            }
            long arriving = (ranks - (to - from)) * perRank / (to - from);
            for (int i = from; i < to; i++) {
                computed[holders[i]] += perRank + arriving;
                intoRank[holders[i]] += arriving;
                outOfRank[holders[i]] -= perRank;
            }
            outOfNode[node] -= ranks * perRank;
            sourcesWithout -= ranks;
            from = to;
        }
        long arriving = sourcesWithout * perRank / holderCount;
        for (int i = 0; i < holderCount && arriving > 0; i++) {
            computed[holders[i]] += arriving;
            intoRank[holders[i]] += arriving;
            intoNode[topology.nodeOf(holders[i])] += arriving;
        }
    }

    /** What the holders number from .. to-1 get: shares of all, and one more on runs of them in circles. */
    private static final class Shares {
        private final long[] share;
        private final int[] steps;
        private int from;
        private int to;
        private long each;

        Shares(int rankCount) {
            this.share = new long[rankCount];
            this.steps = new int[rankCount + 1];
        }

        void reset(int from, int to) {
            this.from = from;
            this.to = to;
            this.each = 0;
            Arrays.fill(steps, from, to + 1, 0);
        }

        void deal(int count, long rotation) {
            int sharers = to - from;
            each += count / sharers;
            int extra = count % sharers;
            int first = from + (int) (rotation % sharers);
            steps[first]++;
            steps[Math.min(first + extra, to)]--;
            if (first + extra > to) {
                steps[from]++;
                steps[first + extra - sharers]--;
            }
        }

        void settle() {
            int extra = 0;
            for (int i = from; i < to; i++) {
                extra += steps[i];
                share[i] = each + extra;
            }
        }
    }
}
