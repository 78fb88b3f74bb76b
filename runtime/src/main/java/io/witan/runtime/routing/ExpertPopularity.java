package io.witan.runtime.routing;

/** How likely each expert is to be among a token's experts. The same answer each time and on every rank. */
public interface ExpertPopularity {
    /**
     * The probability of each expert to be among the K of a token: they add up to K, and none is above 1.
     *
     * @param step from 1
     * @param layer from 0
     * @return [E], the caller's
     */
    double[] inclusion(long step, int layer);

    /** One line for people. */
    String description();
}
