package io.witan.runtime.profile;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.fssdp.LayerExperts;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.plan.TransferPlan;
import io.witan.scheduler.transfer.HierarchicalTransferPlanner;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Times of small sparse gathers and their reductions, through a layer of the run as a step uses it: what is read in place or brought to a
 * device counts as there.
 */
final class LinkTimes {
    /** A way that copies go. */
    enum Way {
        /** Each rank gets experts of the next one on its node. */
        INSIDE_NODES,
        /** The first rank of each node gets experts of the next node. */
        BETWEEN_NODES
    }

    private static final int MOST_EXPERTS = 4;
    private static final long MOST_BYTES = 64L << 20;
    private static final long ENOUGH_NS = 300_000_000;
    private static final int MOST_ROUNDS = 9;

    private final RankRuntime runtime;
    private final LayerExperts layer;
    private final long expertBytes;

    /** @param layer between steps */
    LinkTimes(RankRuntime runtime, LayerExperts layer, long expertBytes) {
        this.runtime = runtime;
        this.layer = layer;
        this.expertBytes = expertBytes;
    }

    /**
     * @param startUpNs of a gather or a reduction
     * @param bytesPerSecond mean of both
     */
    record Link(long startUpNs, long bytesPerSecond) {}

    /** All ranks together. Null if nothing goes that way. */
    Link measure(Way way) {
        int most = Math.clamp(MOST_BYTES / expertBytes, 1, MOST_EXPERTS);
        Placement one = wide(way, 1);
        Placement several = wide(way, most);
        if (one.copyCount() == 0) {
            return null;
        }
        long few = pairNs(one);
        long more = several.copyCount() == one.copyCount() ? few : pairNs(several);
        long experts = arrivals(several);
        if (more <= few) {
            return new Link(0, speed(2 * experts * expertBytes, more));
        }
        long speed = speed(2 * (experts - 1) * expertBytes, more - few);
        long movingNs = (long) (2.0 * expertBytes / speed * 1e9);
        return new Link(Math.max(0, (few - movingNs) / 2), speed);
    }

    private static long speed(long bytes, long ns) {
        return Math.max(1, (long) (bytes * 1e9 / Math.max(1, ns)));
    }

    /** Copies that the rank, or the node, that gets most gets. */
    private long arrivals(Placement wide) {
        long most = 1;
        for (int rank = 0; rank < wide.rankCount(); rank++) {
            most = Math.max(most, wide.heldBy(rank).length - layer.owners().heldBy(rank).length);
        }
        return most;
    }

    private Placement wide(Way way, int count) {
        Topology topology = runtime.topology();
        Placement owners = layer.owners();
        List<List<Integer>> copies = new ArrayList<>();
        for (int e = 0; e < owners.expertCount(); e++) {
            copies.add(new ArrayList<>());
        }
        for (int rank = 0; rank < topology.rankCount(); rank++) {
            int given = 0;
            for (int e = 0; e < owners.expertCount() && given < count; e++) {
                if (comes(way, owners.owner(e), rank)) {
                    copies.get(e).add(rank);
                    given++;
                }
            }
        }
        return owners.with(copies.stream()
                .map(ranks -> ranks.stream().mapToInt(Integer::intValue).toArray())
                .toArray(int[][]::new));
    }

    private boolean comes(Way way, int from, int to) {
        Topology topology = runtime.topology();
        int fromNode = topology.nodeOf(from);
        int toNode = topology.nodeOf(to);
        if (way == Way.BETWEEN_NODES) {
            boolean next = fromNode == (toNode + 1) % topology.nodeCount();
            return topology.localRank(to) == 0 && next && fromNode != toNode;
        }
        int next = (topology.localRank(to) + 1) % topology.rankCount(toNode);
        return from != to && from == topology.firstRank(toNode) + next;
    }

    /** Median of a gather and a reduction after it, the slowest rank's. */
    private long pairNs(Placement wide) {
        TransferPlan plan = HierarchicalTransferPlanner.plan(runtime.topology(), layer.owners(), wide, null);
        round(plan);
        long first = Slowest.of(runtime, round(plan))[0];
        int rounds = Math.clamp(ENOUGH_NS / Math.max(1, first), 1, MOST_ROUNDS);
        long[] times = new long[rounds];
        for (int i = 0; i < rounds; i++) {
            times[i] = round(plan);
        }
        return Figures.median(Slowest.of(runtime, times));
    }

    private long round(TransferPlan plan) {
        layer.begin(plan);
        MemorySegment[] gradients = layer.weightGradients();
        layer.takeGradientBeta();
        runtime.tokens().barrier().await();
        long begin = System.nanoTime();
        layer.beginMaterialise();
        layer.awaitMaterialised();
        long gathered = System.nanoTime() - begin;
        layer.endBackward(StepContext.evaluation());
        runtime.tokens().barrier().await();
        begin = System.nanoTime();
        layer.beginReduce();
        layer.awaitReduced();
        long reduced = System.nanoTime() - begin;
        runtime.tokens().barrier().await();
        layer.release();
        return gradients.length == 0 ? 0 : gathered + reduced;
    }
}
