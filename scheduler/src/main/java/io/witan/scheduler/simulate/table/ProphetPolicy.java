package io.witan.scheduler.simulate.table;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.policy.StepPlacement;
import io.witan.scheduler.simulate.ClusterModel;
import io.witan.scheduler.simulate.ModelShape;
import java.util.ArrayList;
import java.util.List;

/**
 * Pro-Prophet's greedy search (arXiv 2411.10003v2, algorithm 1): the heaviest rank's expert is copied to all ranks but the n that have
 * fewest of its tokens, again and again until loads are even; of the placements on the way the one with the least
 * T' = 4 exchanges + 3 forwards + parameters + gradients is taken. The paper leaves n to the user; here it is searched too, over
 * quarters of the ranks. Tokens are taken as equally many on each source, as the loads of the past come summed over sources.
 */
record ProphetPolicy(Topology topology, Costs costs) implements PlacementPolicy {
    private static final double EVEN = 0.2;
    private static final int QUARTERS = 4;

    /**
     * @param exchangeNs of an assignment that comes from another rank
     * @param forwardNs of an assignment
     * @param expertNs of sending an expert's parameters to all ranks
     */
    record Costs(double exchangeNs, double forwardNs, double expertNs) {
        /** With the mean speed of a rank's way to others: its share of the node's card. */
        static Costs of(ClusterModel cluster, ModelShape model) {
            Topology topology = cluster.topology();
            double rankBytesPerNs =
                    cluster.speed().interNodeBytesPerSecond() * 1e-9 * topology.nodeCount() / topology.rankCount();
            return new Costs(
                    model.assignmentBytes() / rankBytesPerNs,
                    model.assignmentFlops() / cluster.expertFlops() * 1e9,
                    // Once into each node, for all its ranks.
                    model.expertBytes() / rankBytesPerNs * topology.nodeCount() / topology.rankCount());
        }
    }

    @Override
    public StepPlacement place(StepInput input) {
        List<Placement> wide = new ArrayList<>();
        for (int l = 0; l < input.owners().size(); l++) {
            wide.add(place(input.owners().get(l), input.predictedLoad()[l]));
        }
        return StepPlacement.keeping(wide);
    }

    private Placement place(Placement owners, long[] load) {
        int ranks = topology.rankCount();
        Placement best = owners;
        double least = Double.MAX_VALUE;
        for (int quarter = 0; quarter < QUARTERS; quarter++) {
            int without = ranks * quarter / QUARTERS;
            Placement tried = owners;
            for (int copied = 0; copied <= owners.expertCount(); copied++) {
                double[] computed = computed(tried, load);
                double ns = layerNs(computed, copied, without, ranks);
                if (ns < least) {
                    least = ns;
                    best = tried;
                }
                int heaviest = heaviestUncopied(tried, load, computed);
                if (heaviest < 0) {
                    break;
                }
                tried = tried.with(copies(owners, heaviest, ranks - without));
            }
        }
        return best;
    }

    /** Transferring s experts to D - n ranks each: s (D - n) / D of an expert's time, twice. */
    private double layerNs(double[] computed, int copied, int without, int ranks) {
        double most = 0;
        double mean = 0;
        for (double assignments : computed) {
            most = Math.max(most, assignments);
            mean += assignments / ranks;
        }
        double foreign = Math.max(0, most - mean / ranks * Math.min(ranks, 1 + copied));
        double parameters = 2 * costs.expertNs * copied * (ranks - without) / ranks;
        return 4 * foreign * costs.exchangeNs + 3 * most * costs.forwardNs + parameters;
    }

    /** Expected assignments of each rank, if a holder keeps its own tokens and the others' go to the owner's or to all holders. */
    private double[] computed(Placement placement, long[] load) {
        int ranks = topology.rankCount();
        double[] computed = new double[ranks];
        for (int e = 0; e < load.length; e++) {
            int[] holders = placement.holders(e);
            double own = (double) load[e] / ranks;
            double rest = own * (ranks - holders.length) / holders.length;
            for (int holder : holders) {
                computed[holder] += own + rest;
            }
        }
        return computed;
    }

    /** The expert of most load on the heaviest rank, if it has no copies yet; -1 to stop. */
    private int heaviestUncopied(Placement placement, long[] load, double[] computed) {
        int heaviest = 0;
        double most = 0;
        double fewest = Double.MAX_VALUE;
        double sum = 0;
        for (int rank = 0; rank < computed.length; rank++) {
            heaviest = computed[rank] > most ? rank : heaviest;
            most = Math.max(most, computed[rank]);
            fewest = Math.min(fewest, computed[rank]);
            sum += computed[rank];
        }
        if (most - fewest < EVEN * sum / load.length) {
            return -1;
        }
        int chosen = -1;
        for (int e : placement.heldBy(heaviest)) {
            boolean alone = placement.holders(e).length == 1;
            chosen = alone && (chosen < 0 || load[e] > load[chosen]) ? e : chosen;
        }
        return chosen;
    }

    /** To so many ranks, the owner among them, the next ones around the ring of ranks. */
    private static int[][] copies(Placement owners, int expert, int count) {
        int[][] extra = new int[owners.expertCount()][0];
        extra[expert] = new int[count];
        for (int i = 0; i < count; i++) {
            extra[expert][i] = (owners.owner(expert) + i) % owners.rankCount();
        }
        return extra;
    }
}
