package io.witan.scheduler.placement;

import io.witan.scheduler.cost.LayerTime;
import io.witan.scheduler.cost.LayerTimeModel;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import java.util.Arrays;
import java.util.function.ToLongFunction;

/**
 * Chooses the copies of one layer by what they are worth: makes candidates, asks the layer time model, keeps the cheapest; of
 * equal ones the first. So by the model it is never worse than plain expert parallelism or Algorithm 1, which are among them.
 *
 * <p>Candidates, in order: no copy; Algorithm 1; the 1, 2, 4, ... hottest experts on every rank; 1, 2, 4, ... copies by
 * {@link ReplicaCounts} and {@link ReplicaSpread}, up to all that fit.
 *
 * @param assignments token assignments of all ranks in this layer and one micro-batch
 * @param overlapDegree t of Algorithm 1; the other candidates may copy more, and then pay for it
 * @param price what counts of a layer's time: {@link LayerTime#keptNs} or {@link LayerTime#releasedNs}
 */
public record ScoredMaterialization(
        Topology topology, LayerTimeModel model, long assignments, int overlapDegree, ToLongFunction<LayerTime> price) {
    /**
     * @param owners of the layer, without copies
     * @param predictedLoad predictedLoad[e]; only proportions count
     * @param memoryCapacity m: copies that fit in a rank's free memory, beside the experts it owns
     * @return a placement that contains {@code owners}, with at most m copies on each rank
     * @throws IllegalArgumentException as {@link SparseMaterialization#plan}
     */
    public Placement plan(Placement owners, long[] predictedLoad, int memoryCapacity) {
        Placement first = SparseMaterialization.plan(topology, owners, predictedLoad, overlapDegree, memoryCapacity);
        int capacity = Math.min(memoryCapacity, owners.expertCount());
        if (capacity == 0 || Arrays.stream(predictedLoad).allMatch(load -> load == 0)) {
            return owners;
        }
        Search search = new Search(predictedLoad);
        search.consider(owners);
        search.consider(first);
        for (int hot = 1; hot <= capacity; hot *= 2) {
            search.consider(SparseMaterialization.plan(topology, owners, predictedLoad, hot, capacity));
        }
        considerQueued(search, owners, predictedLoad, capacity);
        return search.best;
    }

    private void considerQueued(Search search, Placement owners, long[] load, int capacity) {
        int[] owned = new int[load.length];
        Arrays.fill(owned, 1);
        ReplicaCounts counts = new ReplicaCounts(load, owned, topology.rankCount());
        int[] free = new int[topology.rankCount()];
        Arrays.fill(free, capacity);
        int slots = topology.rankCount() * capacity;
        int before = -1;
        for (long copies = 1; before < counts.total(); copies *= 2) {
            before = counts.total();
            counts.growTo(load.length + (int) Math.min(copies, slots));
            if (counts.total() > before) {
                search.consider(owners.with(new ReplicaSpread(topology, load, free).beyond(owners, counts.counts())));
            }
        }
    }

    /** The cheapest so far. */
    private final class Search {
        private final long[] load;
        private Placement best;
        private long bestNs = Long.MAX_VALUE;

        Search(long[] load) {
            this.load = load;
        }

        void consider(Placement candidate) {
            long ns = price.applyAsLong(model.expected(candidate, load, assignments));
            if (best == null || ns < bestNs) {
                best = candidate;
                bestNs = ns;
            }
        }
    }
}
