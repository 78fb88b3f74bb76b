package io.witan.scheduler.simulate;

import java.util.SplittableRandom;

/**
 * Draws token assignments: in each layer Zipf over a random order of the experts with a skew of the layer's own, logits that drift from
 * step to step as AR(1), and noise for each rank. The same seed gives the same steps. One thread.
 */
public final class LoadModel {
    private final Skew skew;
    private final SplittableRandom random;
    private final double[][] base;
    private final double[][] drift;

    /**
     * How uneven loads are.
     *
     * @param least Zipf exponent of the evenest layer
     * @param most of the most uneven one; layers are spread evenly between
     * @param drift deviation of a logit's drift
     * @param persistence of the drift from a step to the next, 0 .. 1
     * @param rankNoise deviation of a rank's logits around the common ones
     */
    public record Skew(double least, double most, double drift, double persistence, double rankNoise) {
        /** @throws IllegalArgumentException if a number is negative, the persistence above 1, or the range upside down */
        public Skew {
            if (!(least >= 0) || !(most >= least) || !(drift >= 0) || !(rankNoise >= 0)) {
                throw new IllegalArgumentException("skew from " + least + " to " + most + ", drift " + drift
                        + ", noise " + rankNoise + ": allowed 0 or more, in this order");
            }
            if (!(persistence >= 0) || persistence > 1) {
                throw new IllegalArgumentException("persistence " + persistence + ", allowed 0 .. 1");
            }
        }
    }

    public LoadModel(int layers, int experts, Skew skew, long seed) {
        this.skew = skew;
        this.random = new SplittableRandom(seed);
        this.base = new double[layers][experts];
        this.drift = new double[layers][experts];
        for (int l = 0; l < layers; l++) {
            double share = layers == 1 ? 0.5 : l / (layers - 1.0);
            double exponent = skew.least + share * (skew.most - skew.least);
            int[] place = shuffled(experts);
            for (int e = 0; e < experts; e++) {
                base[l][e] = -exponent * Math.log(place[e] + 1.0);
                drift[l][e] = skew.drift * random.nextGaussian();
            }
        }
    }

    private int[] shuffled(int count) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    /** Lets the logits of all layers drift by one step. */
    public void nextStep() {
        double fresh = Math.sqrt(1 - skew.persistence * skew.persistence) * skew.drift;
        for (double[] layer : drift) {
            for (int e = 0; e < layer.length; e++) {
                layer[e] = skew.persistence * layer[e] + fresh * random.nextGaussian();
            }
        }
    }

    /**
     * Assignments of a layer in this step.
     *
     * @param tokens of each rank
     * @return counts[s][e]; each row sums to tokens x topK, and no entry is above tokens
     */
    public int[][] counts(int layer, int ranks, int tokens, int topK) {
        int experts = base[layer].length;
        int[][] counts = new int[ranks][];
        double[] share = new double[experts];
        for (int s = 0; s < ranks; s++) {
            double sum = 0;
            for (int e = 0; e < experts; e++) {
                share[e] = Math.exp(base[layer][e] + drift[layer][e] + skew.rankNoise * random.nextGaussian());
                sum += share[e];
            }
            for (int e = 0; e < experts; e++) {
                share[e] /= sum;
            }
            cap(share, 1.0 / topK);
            counts[s] = rounded(share, tokens, topK);
        }
        return counts;
    }

    /** A token chooses an expert once: cuts shares above the bound and gives the rest to the others, in proportion. */
    private static void cap(double[] share, double bound) {
        boolean[] capped = new boolean[share.length];
        for (boolean changed = true; changed; ) {
            changed = false;
            double free = 1;
            double rest = 0;
            for (int e = 0; e < share.length; e++) {
                if (!capped[e] && share[e] >= bound) {
                    capped[e] = true;
                    share[e] = bound;
                    changed = true;
                }
                free -= capped[e] ? bound : 0;
                rest += capped[e] ? 0 : share[e];
            }
            for (int e = 0; e < share.length && rest > 0; e++) {
                share[e] *= capped[e] ? 1 : Math.max(0, free) / rest;
            }
        }
    }

    /** Rounds the cumulated shares, so that the row has its sum. */
    private static int[] rounded(double[] share, int tokens, int topK) {
        long total = (long) tokens * topK;
        int[] counts = new int[share.length];
        double sum = 0;
        long given = 0;
        for (int e = 0; e < share.length; e++) {
            sum += share[e];
            long upTo = e == share.length - 1 ? total : Math.min(total, Math.round(sum * total));
            counts[e] = (int) Math.min(tokens, upTo - given);
            given += counts[e];
        }
        for (int e = 0; given < total; e = (e + 1) % counts.length) {
            if (counts[e] < tokens) {
                counts[e]++;
                given++;
            }
        }
        return counts;
    }
}
