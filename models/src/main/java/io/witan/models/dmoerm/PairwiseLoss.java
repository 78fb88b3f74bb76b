package io.witan.models.dmoerm;

import io.witan.models.dmoerm.data.Winner;

/**
 * The loss of pairs of rewards whose order is known: -log sigmoid(r_w - r_l), with r_w the winner's and r_l the loser's (Bradley and Terry 1952).
 * Whether a pair is ordered rightly is asked of the same margin, {@link Winner#margin}.
 *
 * @param sum over pairs with a winner, in nats
 * @param slopes [pairs] derivative of the sum by {@code first - second}; 0 where nobody won
 */
record PairwiseLoss(double sum, double[] slopes) {
    /**
     * @param differences [pairs] reward of the first less that of the second
     * @param winners [pairs]
     */
    static PairwiseLoss of(double[] differences, Winner[] winners) {
        double sum = 0;
        double[] slopes = new double[differences.length];
        for (int i = 0; i < slopes.length; i++) {
            if (winners[i].isDecided()) {
                double margin = winners[i].margin(differences[i]);
                sum += softplus(-margin);
                slopes[i] = winners[i].margin(-1 / (1 + Math.exp(margin)));
            }
        }
        return new PairwiseLoss(sum, slopes);
    }

    /** log(1 + e^x) without overflow. */
    private static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }
}
