package io.witan.scheduler.placement;

import io.witan.scheduler.predict.LoadOrder;
import java.util.Arrays;

/**
 * Divides one pool of memory over the layers: in proportion to the load that a layer has too much on one expert, max F - mean F,
 * by largest remainder. What a layer cannot use goes to the others. (The paper finds equal memory wasteful, section 5.3, and leaves
 * the rule open.)
 */
public final class CapacityShares {
    private CapacityShares() {}

    /**
     * @param loads loads[l][e], in one unit for all layers; a layer's sum is below 2^63
     * @param pool copies that fit on a rank over all layers
     * @param most most[l] = copies that layer l can use on a rank
     * @return copies of each layer on a rank: at most {@code most}, in all at most {@code pool}. A layer whose experts are loaded
     *     alike gets none, unless there is enough for all
     * @throws IllegalArgumentException if shapes differ or a number is negative
     */
    public static int[] divide(long[][] loads, int pool, int[] most) {
        check(loads, pool, most);
        if (Arrays.stream(most).asLongStream().sum() <= pool) {
            return most.clone();
        }
        long[] excess = excess(loads);
        int[] shares = new int[most.length];
        int left = pool;
        int[] open = LoadOrder.descending(excess);
        while (left > 0) {
            open = Arrays.stream(open)
                    .filter(l -> excess[l] > 0 && shares[l] < most[l])
                    .toArray();
            if (open.length == 0) {
                break;
            }
            long[] weight = Arrays.stream(open).mapToLong(l -> excess[l]).toArray();
            int[] quota = CopyQuota.proportional(weight, left, Integer.MAX_VALUE);
            for (int i = 0; i < open.length; i++) {
                int given = Math.min(quota[i], most[open[i]] - shares[open[i]]);
                shares[open[i]] += given;
                left -= given;
            }
        }
        return shares;
    }

    /** Max - mean of each layer; all lose low bits alike where their sum would pass 63 bits. */
    private static long[] excess(long[][] loads) {
        long[] excess = new long[loads.length];
        for (int l = 0; l < loads.length; l++) {
            long mean = LoadOrder.checkedTotal(loads[l], loads[l].length) / loads[l].length;
            excess[l] = Arrays.stream(loads[l]).max().orElse(0) - mean;
        }
        int sumBits = Long.SIZE
                - Long.numberOfLeadingZeros(Arrays.stream(excess).max().orElse(0))
                + Integer.SIZE
                - Integer.numberOfLeadingZeros(loads.length);
        int tooMany = Math.max(0, sumBits - (Long.SIZE - 1));
        Arrays.setAll(excess, l -> excess[l] >> tooMany);
        return excess;
    }

    private static void check(long[][] loads, int pool, int[] most) {
        if (loads.length != most.length || pool < 0 || Arrays.stream(most).anyMatch(m -> m < 0)) {
            throw new IllegalArgumentException("memory of " + pool + " copies over " + loads.length
                    + " layers with limits " + Arrays.toString(most) + ": allowed 0 or more, and one limit a layer");
        }
    }
}
