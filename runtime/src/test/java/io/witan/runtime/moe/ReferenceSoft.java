package io.witan.runtime.moe;

/** SoftMoE in plain double precision: the oracle. */
final class ReferenceSoft {
    private final MoeConfig config;
    private final int sequence;
    private final int[] tokensOfRank;
    private final ReferenceMoe experts;

    ReferenceSoft(MoeConfig config, int sequence, int[] tokensOfRank) {
        this.config = config;
        this.sequence = sequence;
        this.tokensOfRank = tokensOfRank;
        this.experts = new ReferenceMoe(config);
    }

    /** As {@link ReferenceMoe#objective}, with router [E p][D]. */
    double objective(double[][] x, double[][] router, double[][] chunks, double[][] pull) {
        double sum = 0;
        int first = 0;
        for (int tokens : tokensOfRank) {
            for (int from = first; from < first + tokens; from += sequence) {
                sum += ofSequence(x, router, chunks, pull, from, Math.min(first + tokens, from + sequence));
            }
            first += tokens;
        }
        return sum;
    }

    private double ofSequence(double[][] x, double[][] router, double[][] chunks, double[][] pull, int from, int to) {
        double[][] e = new double[to - from][router.length];
        for (int t = from; t < to; t++) {
            for (int s = 0; s < router.length; s++) {
                e[t - from][s] = Math.exp(dot(x[t], router[s]));
            }
        }
        double sum = 0;
        for (int s = 0; s < router.length; s++) {
            double ofTokens = 0;
            double[] slot = new double[config.width()];
            for (int t = from; t < to; t++) {
                ofTokens += e[t - from][s];
                for (int i = 0; i < slot.length; i++) {
                    slot[i] += e[t - from][s] * x[t][i];
                }
            }
            for (int i = 0; i < slot.length; i++) {
                slot[i] /= ofTokens;
            }
            double[] y = experts.expert(chunks[s / config.gate().slots()], slot);
            for (int t = from; t < to; t++) {
                double ofSlots = 0;
                for (double other : e[t - from]) {
                    ofSlots += other;
                }
                sum += e[t - from][s] / ofSlots * dot(y, pull[t]);
            }
        }
        return sum;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
