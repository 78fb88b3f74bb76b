package io.witan.scheduler.placement;

import io.witan.scheduler.cost.HolderBounds;
import io.witan.scheduler.cost.LayerTime;
import io.witan.scheduler.cost.LayerTimeModel;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.ToLongFunction;

/**
 * Chooses the copies of one layer by what they are worth: the candidate that the layer time model finds cheapest; of equal ones the
 * first. So by the model it is never worse than plain expert parallelism or Algorithm 1, which are among them.
 *
 * <p>Candidates, in order: no copy; Algorithm 1; the 1, 4, 16, ... hottest experts on every rank; 1, 4, 16, ... copies by
 * {@link ReplicaCounts} and {@link ReplicaSpread}, up to all that fit; half and twice as many as the best of the latter. Of these only
 * those are made that may win by what is known of them before ({@link LayerTimeModel#least}), which are few.
 *
 * @param assignments token assignments of all ranks in this layer and one micro-batch
 * @param overlapDegree t of Algorithm 1; the other candidates may copy more, and then pay for it
 * @param price what counts of a layer's time: {@link LayerTime#keptNs} or {@link LayerTime#releasedNs}
 */
public record ScoredMaterialization(
        Topology topology, LayerTimeModel model, long assignments, int overlapDegree, ToLongFunction<LayerTime> price) {
    private static final int STEP = 4;

    private static final int NO_COPY = 0;
    private static final int ALGORITHM_1 = 1;
    private static final int HOTTEST = 2;
    /** Steps of four pass 2^31 after 16. */
    private static final int QUEUED = HOTTEST + Integer.SIZE / 2;

    private static final int HALF = 2 * QUEUED;
    private static final int TWICE = HALF + 1;

    /**
     * @param owners of the layer, without copies
     * @param predictedLoad predictedLoad[e]; only proportions count
     * @param memoryCapacity m: copies that fit in a rank's free memory, beside the experts it owns
     * @return a placement that contains {@code owners}, with at most m copies on each rank
     * @throws IllegalArgumentException as {@link SparseMaterialization#plan}
     */
    public Placement plan(Placement owners, long[] predictedLoad, int memoryCapacity) {
        SparseMaterialization.check(topology, owners, predictedLoad, overlapDegree, memoryCapacity);
        int capacity = Math.min(memoryCapacity, owners.expertCount());
        if (capacity == 0 || Arrays.stream(predictedLoad).allMatch(load -> load == 0)) {
            return owners;
        }
        CandidateSearch search = new CandidateSearch(model, price, predictedLoad, assignments);
        considerQueued(search, copies -> QueuedCopies.of(topology, owners, predictedLoad, capacity, copies), capacity);
        search.consider(NO_COPY, hottest(predictedLoad, 0), () -> owners);
        int turn = HOTTEST;
        for (int hot = 1; hot <= capacity; hot *= STEP) {
            int degree = hot;
            search.consider(
                    turn++,
                    hottest(predictedLoad, hot),
                    () -> SparseMaterialization.plan(topology, owners, predictedLoad, degree, capacity));
        }
        search.consider(
                ALGORITHM_1,
                ofAlgorithm1(predictedLoad),
                () -> SparseMaterialization.plan(topology, owners, predictedLoad, overlapDegree, memoryCapacity));
        return search.best();
    }

    /** What may be cheapest comes first, so that most of the others need not be made. */
    private void considerQueued(CandidateSearch search, IntFunction<QueuedCopies> queue, int capacity) {
        int slots = topology.rankCount() * capacity;
        List<Queued> steps = new ArrayList<>();
        for (long step = 1; step < (long) STEP * slots; step *= STEP) {
            int copies = (int) Math.min(step, slots);
            QueuedCopies queued = queue.apply(copies);
            HolderBounds bounds = queued.bounds();
            steps.add(new Queued(QUEUED + steps.size(), copies, queued, bounds, search.leastNs(bounds)));
        }
        steps.sort(Comparator.comparingLong(Queued::leastNs));
        int best = 1;
        for (Queued step : steps) {
            best = search.consider(step.turn, step.bounds, step.copies::place) ? step.count : best;
        }
        if (best > 1) {
            QueuedCopies half = queue.apply(best / 2);
            search.consider(HALF, half.bounds(), half::place);
        }
        if (best < slots / 2) {
            QueuedCopies twice = queue.apply(best * 2);
            search.consider(TWICE, twice.bounds(), twice::place);
        }
    }

    /** A step of the queue, not made yet. */
    private record Queued(int turn, int count, QueuedCopies copies, HolderBounds bounds, long leastNs) {}

    /** So many of the hottest on every rank, but none without load. */
    private HolderBounds hottest(long[] load, int count) {
        int[] holders = everywhere(load, count);
        int[] nodes = new int[load.length];
        Arrays.setAll(nodes, e -> Math.min(holders[e], topology.nodeCount()));
        return new HolderBounds(holders, holders, nodes);
    }

    /** The hot experts may be on every rank, or with little memory hardly anywhere. */
    private HolderBounds ofAlgorithm1(long[] load) {
        int[] one = new int[load.length];
        Arrays.fill(one, 1);
        return new HolderBounds(everywhere(load, Math.min(overlapDegree, load.length)), one, one);
    }

    private int[] everywhere(long[] load, int count) {
        int[] holders = new int[load.length];
        Arrays.fill(holders, 1);
        for (int expert : SparseMaterialization.hottest(load, count)) {
            holders[expert] = topology.rankCount();
        }
        return holders;
    }
}
