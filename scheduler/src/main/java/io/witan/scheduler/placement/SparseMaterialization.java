package io.witan.scheduler.placement;

import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.predict.LoadOrder;
import java.util.Arrays;

/**
 * Chooses the copies of one layer for one step (Hecate, algorithm 1): the t hottest experts on every rank if memory allows,
 * else as many copies of them as fit, in proportion to load and spread over nodes first.
 */
public final class SparseMaterialization {
    private SparseMaterialization() {}

    /**
     * The owners and the copies to make. An expert without predicted load gets no copy, so a prediction of zeros (the first
     * step) gives plain expert parallelism.
     *
     * @param owners of the layer, without copies
     * @param predictedLoad predictedLoad[e]; only proportions count
     * @param overlapDegree t: experts whose gather the layer's attention hides; above E counts as E
     * @param memoryCapacity m: copies that fit in a rank's free memory, beside the experts it owns
     * @return a placement that contains {@code owners}, with at most m copies on each rank and only of the t hottest experts
     * @throws IllegalArgumentException if shapes differ, a number is negative or {@code owners} has copies
     */
    public static Placement plan(
            Topology topology, Placement owners, long[] predictedLoad, int overlapDegree, int memoryCapacity) {
        check(topology, owners, predictedLoad, overlapDegree, memoryCapacity);
        int degree = Math.min(overlapDegree, owners.expertCount());
        int[] hottest = hottest(predictedLoad, degree);
        int[][] copies = new int[owners.expertCount()][0];
        if (degree <= memoryCapacity) {
            int[] everyRank = new int[topology.rankCount()];
            Arrays.setAll(everyRank, rank -> rank);
            for (int expert : hottest) {
                copies[expert] = everyRank;
            }
        } else {
            spread(topology, owners, predictedLoad, hottest, memoryCapacity, copies);
        }
        return owners.with(copies);
    }

    /** The t experts of largest load, descending; those without load left out. */
    static int[] hottest(long[] load, int degree) {
        int[] order = LoadOrder.descending(load);
        int count = 0;
        while (count < degree && load[order[count]] > 0) {
            count++;
        }
        return Arrays.copyOf(order, count);
    }

    private static void spread(
            Topology topology, Placement owners, long[] load, int[] hottest, int memoryCapacity, int[][] copies) {
        long[] hotLoad = new long[hottest.length];
        for (int i = 0; i < hottest.length; i++) {
            hotLoad[i] = load[hottest[i]];
        }
        int slots = topology.rankCount() * memoryCapacity;
        int[] quota = CopyQuota.proportional(hotLoad, slots, topology.rankCount() - 1);
        CopySpread spread = new CopySpread(topology, owners, hottest, memoryCapacity);
        for (int i = 0; i < hottest.length; i++) {
            spread.place(i, quota[i]);
        }
        spread.fill(hotLoad);
        for (int i = 0; i < hottest.length; i++) {
            copies[hottest[i]] = spread.ranks(i);
        }
    }

    /** @throws IllegalArgumentException as {@link #plan} */
    static void check(
            Topology topology, Placement owners, long[] predictedLoad, int overlapDegree, int memoryCapacity) {
        if (owners.rankCount() != topology.rankCount()) {
            throw new IllegalArgumentException("materialisation: placement has " + owners.rankCount()
                    + " ranks, topology has " + topology.rankCount());
        }
        if (owners.copyCount() != 0) {
            throw new IllegalArgumentException(
                    "materialisation: placement to start from has " + owners.copyCount() + " copies, allowed 0");
        }
        if (overlapDegree < 0 || memoryCapacity < 0) {
            throw new IllegalArgumentException("materialisation: overlap degree " + overlapDegree + ", memory capacity "
                    + memoryCapacity + ", allowed 0 or more");
        }
        LoadOrder.checkedTotal(predictedLoad, owners.expertCount());
    }
}
