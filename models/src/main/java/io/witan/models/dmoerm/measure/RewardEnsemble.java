package io.witan.models.dmoerm.measure;

import java.util.Arrays;

/** One reward from those of several models for the same response (Coste et al., arXiv 2310.02743). */
public interface RewardEnsemble {
    /** @param rewards [n] one a model, at least one */
    double of(double... rewards);

    /** Their mean. */
    static RewardEnsemble mean() {
        return RewardEnsemble::meanOf;
    }

    /** Worst-case optimisation: the least. */
    static RewardEnsemble worstCase() {
        return rewards -> Arrays.stream(rewards).min().orElseThrow();
    }

    /**
     * Uncertainty-weighted optimisation: mean - lambda variance, with the population's variance.
     *
     * @param lambda at least 0; the paper's best-of-n takes 0.5
     */
    static RewardEnsemble uncertaintyWeighted(double lambda) {
        if (!(lambda >= 0)) {
            throw new IllegalArgumentException("lambda is at least 0, got " + lambda);
        }
        return rewards -> {
            double mean = meanOf(rewards);
            double variance = Arrays.stream(rewards)
                    .map(reward -> (reward - mean) * (reward - mean))
                    .average()
                    .orElseThrow();
            return mean - lambda * variance;
        };
    }

    /**
     * The rewards of some responses.
     *
     * @param rewards [models][responses]
     * @return [responses]
     */
    default double[] ofAll(double[][] rewards) {
        double[] combined = new double[rewards[0].length];
        double[] column = new double[rewards.length];
        for (int response = 0; response < combined.length; response++) {
            for (int model = 0; model < rewards.length; model++) {
                column[model] = rewards[model][response];
            }
            combined[response] = of(column);
        }
        return combined;
    }

    private static double meanOf(double... rewards) {
        return Arrays.stream(rewards).average().orElseThrow();
    }
}
