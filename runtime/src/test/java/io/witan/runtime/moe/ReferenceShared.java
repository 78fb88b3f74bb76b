package io.witan.runtime.moe;

/** Shared experts in plain double precision, each an FFN of width F of its own: the oracle. */
final class ReferenceShared {
    private final MoeConfig config;
    private final ReferenceMoe experts;

    ReferenceShared(MoeConfig config) {
        this.config = config;
        this.experts = new ReferenceMoe(config);
    }

    /** Values of all matrices. */
    static int count(MoeConfig config) {
        return config.activation().matrices() * config.sharedHidden() * config.width();
    }

    /**
     * sum over tokens of output[t] . pull[t].
     *
     * @param matrices w1 [H, D], (w3 [H, D],) w2 [D, H], one behind the other
     */
    double objective(double[][] x, double[] matrices, double[][] pull) {
        double sum = 0;
        for (int t = 0; t < x.length; t++) {
            double[] y = output(x[t], matrices);
            for (int i = 0; i < y.length; i++) {
                sum += y[i] * pull[t][i];
            }
        }
        return sum;
    }

    double[] output(double[] x, double[] matrices) {
        double[] y = new double[config.width()];
        for (int s = 0; s < config.sharedExperts(); s++) {
            double[] own = experts.expert(chunk(matrices, s), x);
            for (int i = 0; i < y.length; i++) {
                y[i] += own[i];
            }
        }
        return y;
    }

    /** Rows s F and on of w1 and w3, and columns s F and on of w2, as an expert has them. */
    private double[] chunk(double[] matrices, int s) {
        int d = config.width();
        int f = config.hidden();
        int h = config.sharedHidden();
        int inner = config.activation().matrices() - 1;
        double[] chunk = new double[(inner + 1) * f * d];
        for (int m = 0; m < inner; m++) {
            System.arraycopy(matrices, (m * h + s * f) * d, chunk, m * f * d, f * d);
        }
        for (int i = 0; i < d; i++) {
            System.arraycopy(matrices, inner * h * d + i * h + s * f, chunk, inner * f * d + i * f, f);
        }
        return chunk;
    }
}
