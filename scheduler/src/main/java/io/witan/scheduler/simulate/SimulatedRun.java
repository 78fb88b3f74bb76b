package io.witan.scheduler.simulate;

/**
 * Means over the iterations of a simulated run.
 *
 * @param iterationNs of an iteration, all included
 * @param moeNs of it, what is neither attention nor fixed
 * @param exchangeNs sum over layers of the slowest link's time in dispatch and combine, forward and backward
 * @param expertNs sum over layers of the slowest rank's time in experts
 * @param worstRankExpertNs time in experts of the rank that has most over all layers
 * @param meanRankExpertNs the mean over ranks
 * @param parameterNs sum over layers of the slowest link's time with parameters and gradients, hidden or not
 * @param copiesPerRank copies that a rank holds of a layer, the mean
 * @param imbalance largest over mean assignments that a rank computes, the mean over layers
 * @param movedExperts in all
 */
public record SimulatedRun(
        double iterationNs,
        double moeNs,
        double exchangeNs,
        double expertNs,
        double worstRankExpertNs,
        double meanRankExpertNs,
        double parameterNs,
        double copiesPerRank,
        double imbalance,
        long movedExperts) {}
