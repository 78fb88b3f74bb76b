package io.witan.runtime.moe;

import io.witan.kernels.FeedForwardKernel;
import io.witan.kernels.GateKernel;

/** An MoE layer in plain double precision, token by token: the oracle. */
final class ReferenceMoe {
    private final MoeConfig config;
    private final Choice choice;
    private final Drop drop;

    /** The experts of a token that are not the router's. */
    interface Choice {
        int[] of(int token, int topK);
    }

    /** Which of a token's assignments are dropped. */
    interface Drop {
        boolean drops(int token, int choice);
    }

    ReferenceMoe(MoeConfig config) {
        this(config, null, (token, choice) -> false);
    }

    /** @param choice null: the most probable */
    ReferenceMoe(MoeConfig config, Choice choice, Drop drop) {
        this.config = config;
        this.choice = choice;
        this.drop = drop;
    }

    /**
     * sum over tokens of out[t] . pull[t], plus the auxiliary losses.
     *
     * @param x [T][D]
     * @param router [E][D]
     * @param experts [E][chunk]: w1, (w3,) w2
     */
    double objective(double[][] x, double[][] router, double[][] experts, double[][] pull) {
        double sum = 0;
        double squares = 0;
        double[] load = new double[config.experts()];
        double[] probability = new double[config.experts()];
        for (int t = 0; t < x.length; t++) {
            double[] logits = new double[config.experts()];
            for (int e = 0; e < logits.length; e++) {
                logits[e] = dot(router[e], 0, x[t]);
            }
            double lse = logSumExp(logits);
            squares += lse * lse;
            double[] p = new double[logits.length];
            for (int e = 0; e < p.length; e++) {
                p[e] = Math.exp(logits[e] - lse);
                probability[e] += p[e];
            }
            int[] chosen = choice == null ? top(p) : choice.of(t, config.topK());
            double total = 0;
            for (int e : chosen) {
                total += p[e];
                load[e]++;
            }
            double norm = config.weights() == GateKernel.Weights.RENORMALISED ? total : 1;
            for (int k = 0; k < chosen.length; k++) {
                int e = chosen[k];
                sum += drop.drops(t, k) ? 0 : p[e] / norm * dot(expert(experts[e], x[t]), 0, pull[t]);
            }
        }
        return sum + auxiliary(x.length, load, probability, squares);
    }

    private double auxiliary(int tokens, double[] load, double[] probability, double squares) {
        double balance = 0;
        for (int e = 0; e < load.length; e++) {
            balance += load.length * load[e] / (tokens * config.topK()) * probability[e] / tokens;
        }
        return config.auxLoss() * balance + config.zLoss() * squares / tokens;
    }

    double[] expert(double[] chunk, double[] x) {
        int d = config.width();
        int f = config.hidden();
        boolean gated = config.activation() == FeedForwardKernel.Activation.SWIGLU;
        double[] hidden = new double[f];
        for (int j = 0; j < f; j++) {
            double a = dot(chunk, j * d, x);
            hidden[j] = gated ? a / (1 + Math.exp(-a)) * dot(chunk, (f + j) * d, x) : gelu(a);
        }
        double[] y = new double[d];
        int base = (gated ? 2 : 1) * f * d;
        for (int i = 0; i < d; i++) {
            y[i] = dot(chunk, base + i * f, hidden);
        }
        return y;
    }

    private int[] top(double[] p) {
        int[] chosen = new int[config.topK()];
        boolean[] taken = new boolean[p.length];
        for (int k = 0; k < chosen.length; k++) {
            int best = -1;
            for (int e = 0; e < p.length; e++) {
                if (!taken[e] && (best < 0 || p[e] > p[best])) {
                    best = e;
                }
            }
            taken[best] = true;
            chosen[k] = best;
        }
        return chosen;
    }

    private static double gelu(double x) {
        return 0.5 * x * (1 + erf(x / Math.sqrt(2)));
    }

    /** Series for small arguments, continued fraction for large ones. */
    private static double erf(double x) {
        double a = Math.abs(x);
        double value;
        if (a < 2.5) {
            double term = a;
            double sum = a;
            for (int n = 1; n < 60; n++) {
                term *= -a * a / n;
                sum += term / (2 * n + 1);
            }
            value = 2 / Math.sqrt(Math.PI) * sum;
        } else {
            double fraction = a;
            for (int n = 60; n > 0; n--) {
                fraction = a + n / 2.0 / fraction;
            }
            value = 1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / fraction;
        }
        return Math.copySign(value, x);
    }

    private static double logSumExp(double[] logits) {
        double max = Double.NEGATIVE_INFINITY;
        for (double logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (double logit : logits) {
            sum += Math.exp(logit - max);
        }
        return max + Math.log(sum);
    }

    private static double dot(double[] a, int from, double[] b) {
        double sum = 0;
        for (int i = 0; i < b.length; i++) {
            sum += a[from + i] * b[i];
        }
        return sum;
    }
}
