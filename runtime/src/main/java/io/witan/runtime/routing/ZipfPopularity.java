package io.witan.runtime.routing;

import java.util.Locale;

/**
 * Experts drawn in proportion to r^-S by popularity rank r. A token takes an expert at most once, so that an expert's share of the
 * assignments ends at 1/K; what is over goes to the others in proportion.
 *
 * <p>Drift: the popularity at step s is D (s - 1) orders along a row of drawn orders; between two of them it is their mean, weighted by
 * how near each is. From one step to the next at most the share D of the load changes its expert. Any step is found at once, so that a
 * resumed run goes on alike.
 */
public final class ZipfPopularity implements ExpertPopularity {
    private final ForcedSkew skew;
    private final double[] byRank;
    private final int topK;
    private final long seed;

    /**
     * @param experts E
     * @param topK K, 1..E
     * @param seed of the orders of popularity
     */
    public ZipfPopularity(ForcedSkew skew, int experts, int topK, long seed) {
        this.skew = skew;
        this.topK = topK;
        this.seed = seed;
        double[] weights = new double[experts];
        for (int r = 0; r < experts; r++) {
            weights[r] = StrictMath.pow(r + 1.0, -skew.exponent());
        }
        this.byRank = capped(weights, topK);
    }

    /** Falling weights scaled to add up to K, those that would be above 1 cut to 1 and the rest scaled up for it. */
    private static double[] capped(double[] weights, int topK) {
        double[] inclusion = new double[weights.length];
        for (int full = 0; full <= topK; full++) {
            double rest = 0;
            for (int r = full; r < weights.length; r++) {
                rest += weights[r];
            }
            double scale = rest == 0 ? 0 : (topK - full) / rest;
            if (full == topK || weights[full] * scale <= 1) {
                for (int r = 0; r < weights.length; r++) {
                    inclusion[r] = r < full ? 1 : weights[r] * scale;
                }
                return inclusion;
            }
        }
        throw new IllegalStateException("K experts are enough for K assignments");
    }

    @Override
    public double[] inclusion(long step, int layer) {
        double way = (step - 1) * skew.drift();
        long from = (long) way;
        double part = way - from;
        double[] inclusion = new double[byRank.length];
        add(inclusion, order(layer, from), 1 - part);
        if (part > 0) {
            add(inclusion, order(layer, from + 1), part);
        }
        return inclusion;
    }

    private void add(double[] inclusion, int[] order, double weight) {
        for (int r = 0; r < order.length; r++) {
            inclusion[order[r]] += weight * byRank[r];
        }
    }

    /** order[r] = the expert of popularity rank r. */
    private int[] order(int layer, long number) {
        if (number == 0 && skew.order() == ForcedSkew.Order.ALIGNED) {
            int[] aligned = new int[byRank.length];
            for (int e = 0; e < aligned.length; e++) {
                aligned[e] = e;
            }
            return aligned;
        }
        return Mixed.order(byRank.length, Mixed.bits(Mixed.bits(seed, layer), number));
    }

    @Override
    public String description() {
        return String.format(
                Locale.ROOT,
                "%s; the hottest of %d experts gets %.1f %% of a layer's assignments",
                skew,
                byRank.length,
                100 * byRank[0] / topK);
    }
}
