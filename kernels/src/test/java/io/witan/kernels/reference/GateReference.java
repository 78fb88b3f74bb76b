package io.witan.kernels.reference;

import static io.witan.kernels.reference.Reference.logSumExp;
import static io.witan.kernels.reference.Reference.slice;
import static io.witan.kernels.reference.Reference.softmax;

/** The router in double, token by token. */
public record GateReference(int tokens, int experts, int topK, boolean renormalised) {
    public record Forward(double[] probabilities, int[] expert, double[] weight, double[] logSumExp) {}

    public Forward forward(double[] logits) {
        int[] expert = new int[tokens * topK];
        for (int t = 0; t < tokens; t++) {
            double[] p = slice(logits, t * experts, experts);
            Integer[] order = new Integer[experts];
            java.util.Arrays.setAll(order, e -> e);
            java.util.Arrays.sort(order, (a, b) -> p[a] != p[b] ? Double.compare(p[b], p[a]) : Integer.compare(a, b));
            for (int k = 0; k < topK; k++) {
                expert[t * topK + k] = order[k];
            }
        }
        return forward(logits, expert);
    }

    /** With the choice given. */
    public Forward forward(double[] logits, int[] expert) {
        double[] probabilities = new double[tokens * experts];
        double[] weight = new double[tokens * topK];
        double[] lse = new double[tokens];
        for (int t = 0; t < tokens; t++) {
            double[] p = softmax(slice(logits, t * experts, experts));
            System.arraycopy(p, 0, probabilities, t * experts, experts);
            lse[t] = logSumExp(slice(logits, t * experts, experts));
            double total = 0;
            for (int k = 0; k < topK; k++) {
                total += p[expert[t * topK + k]];
            }
            for (int k = 0; k < topK; k++) {
                weight[t * topK + k] = p[expert[t * topK + k]] / (renormalised ? total : 1);
            }
        }
        return new Forward(probabilities, expert, weight, lse);
    }

    /** The loss whose gradient {@link #backward} is, with the choice held fixed. */
    public double loss(double[] logits, int[] expert, double[] dWeight, double[] balance, double zScale) {
        Forward f = forward(logits, expert);
        double loss = Reference.dot(f.weight, dWeight);
        for (int t = 0; t < tokens; t++) {
            loss += Reference.dot(slice(f.probabilities, t * experts, experts), balance);
            loss += zScale * f.logSumExp[t] * f.logSumExp[t];
        }
        return loss;
    }

    /** Chain rule through the full softmax Jacobian. */
    public double[] backward(double[] logits, int[] expert, double[] dWeight, double[] balance, double zScale) {
        Forward f = forward(logits, expert);
        double[] dLogits = new double[tokens * experts];
        for (int t = 0; t < tokens; t++) {
            double[] p = slice(f.probabilities, t * experts, experts);
            double[] dp = balance.clone();
            double total = 0;
            for (int k = 0; k < topK; k++) {
                total += p[expert[t * topK + k]];
            }
            for (int k = 0; k < topK; k++) {
                for (int j = 0; j < topK; j++) {
                    double pk = p[expert[t * topK + k]];
                    double slope = renormalised ? ((j == k ? 1 : 0) - pk / total) / total : (j == k ? 1 : 0);
                    dp[expert[t * topK + j]] += dWeight[t * topK + k] * slope;
                }
            }
            for (int i = 0; i < experts; i++) {
                for (int j = 0; j < experts; j++) {
                    dLogits[t * experts + j] += dp[i] * p[i] * ((i == j ? 1 : 0) - p[j]);
                }
                dLogits[t * experts + i] += zScale * 2 * f.logSumExp[t] * p[i];
            }
        }
        return dLogits;
    }
}
