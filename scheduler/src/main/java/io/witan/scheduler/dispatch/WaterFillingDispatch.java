package io.witan.scheduler.dispatch;

import io.witan.scheduler.plan.DispatchPlan;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sends assignments to the same tier of holders as {@link TopologyDispatch} (the source itself; else the holders on its node; else
 * all), but inside the tier so that the busiest rank has less to compute.
 *
 * <p>Begins with the even split. Then, a few times over, each pool (all assignments of one expert that may go to the same holders:
 * those of a node, or those of all nodes without a holder) is taken away and poured in again: into the least loaded of its holders
 * until they stand level, water-filling. For the other pools as they are, no other split of the pool gives the busiest of its holders
 * less; so the busiest rank never gets more than by the even split, and traffic between nodes is the same. Sources take the
 * holders' amounts one after another, in rank order.
 */
public final class WaterFillingDispatch {
    private static final int PASSES = 4;

    private final Topology topology;
    private final Placement placement;
    private final int[][] counts;
    private final int[][][] plan;
    private final long[] computed;
    private final List<Pool> pools;

    private WaterFillingDispatch(Topology topology, Placement placement, int[][] counts) {
        this.topology = topology;
        this.placement = placement;
        this.counts = counts;
        this.plan = TopologyDispatch.plan(topology, placement, counts).counts();
        this.computed = new long[topology.rankCount()];
        this.pools = new ArrayList<>();
    }

    /** As {@link DispatchRule#plan}. */
    public static DispatchPlan plan(Topology topology, Placement placement, int[][] counts) {
        WaterFillingDispatch dispatch = new WaterFillingDispatch(topology, placement, counts);
        for (int expert = 0; expert < placement.expertCount(); expert++) {
            dispatch.collect(expert);
        }
        dispatch.sumComputed();
        boolean changed = true;
        for (int pass = 0; pass < PASSES && changed; pass++) {
            changed = false;
            for (Pool pool : dispatch.pools) {
                changed |= pool.pour(dispatch.computed);
            }
        }
        for (Pool pool : dispatch.pools) {
            dispatch.share(pool);
        }
        return new DispatchPlan(dispatch.plan);
    }

    /** The pools of an expert that have a choice: at least two holders and one assignment. */
    private void collect(int expert) {
        int[] holders = placement.holders(expert);
        int[] remote = new int[topology.rankCount()];
        int remoteCount = 0;
        int from = 0;
        for (int node = 0; node < topology.nodeCount(); node++) {
            int first = topology.firstRank(node);
            int end = first + topology.rankCount(node);
            int to = from;
            while (to < holders.length && holders[to] < end) {
                to++;
            }
            int[] sources = new int[end - first];
            int sourceCount = 0;
            for (int source = first; source < end; source++) {
                if (to == from) {
                    remote[remoteCount++] = source;
                } else if (!placement.holds(source, expert)) {
                    sources[sourceCount++] = source;
                }
            }
            addPool(expert, Arrays.copyOf(sources, sourceCount), Arrays.copyOfRange(holders, from, to));
            from = to;
        }
        addPool(expert, Arrays.copyOf(remote, remoteCount), holders);
    }

    private void addPool(int expert, int[] sources, int[] holders) {
        long[] amount = new long[holders.length];
        long total = 0;
        for (int source : sources) {
            for (int i = 0; i < holders.length && counts[source][expert] > 0; i++) {
                amount[i] += plan[source][expert][holders[i]];
            }
            total += counts[source][expert];
        }
        if (holders.length > 1 && total > 0) {
            pools.add(new Pool(expert, sources, holders, amount, total));
        }
    }

    private void sumComputed() {
        for (int[][] ofSource : plan) {
            for (int[] byHolder : ofSource) {
                for (int rank = 0; rank < computed.length; rank++) {
                    computed[rank] += byHolder[rank];
                }
            }
        }
    }

    /** Deals the holders' amounts out to the sources: both in rank order, so that a source has few holders. */
    private void share(Pool pool) {
        int holder = 0;
        long left = pool.amount[0];
        for (int source : pool.sources) {
            int missing = counts[source][pool.expert];
            if (missing == 0) {
                continue;
            }
            int[] byHolder = new int[computed.length];
            while (missing > 0) {
                int part = (int) Math.min(missing, left);
                byHolder[pool.holders[holder]] += part;
                missing -= part;
                left -= part;
                if (left == 0 && ++holder < pool.holders.length) {
                    left = pool.amount[holder];
                }
            }
            plan[source][pool.expert] = byHolder;
        }
    }

    /**
     * Assignments of one expert that may go to the same holders.
     *
     * @param amount of each holder; changed
     * @param total sum of the amounts
     */
    private record Pool(int expert, int[] sources, int[] holders, long[] amount, long total) {
        /** Fills the holders up to one level, the remainder to the lowest ranks of those below it. True if an amount changed. */
        boolean pour(long[] computed) {
            long[] others = new long[holders.length];
            for (int i = 0; i < holders.length; i++) {
                others[i] = computed[holders[i]] - amount[i];
            }
            long[] sorted = others.clone();
            Arrays.sort(sorted);
            int below = 1;
            long sum = sorted[0];
            while (below < sorted.length && (sum + total) / below >= sorted[below]) {
                sum += sorted[below++];
            }
            long level = (sum + total) / below;
            long extra = (sum + total) % below;
            boolean changed = false;
            for (int i = 0; i < holders.length; i++) {
                long filled = Math.max(0, level - others[i]);
                if (extra > 0 && others[i] <= level) {
                    filled++;
                    extra--;
                }
                changed |= filled != amount[i];
                computed[holders[i]] = others[i] + filled;
                amount[i] = filled;
            }
            return changed;
        }
    }
}
