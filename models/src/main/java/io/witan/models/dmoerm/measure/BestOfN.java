package io.witan.models.dmoerm.measure;

import java.util.Comparator;
import java.util.stream.IntStream;

/** The response of the largest reward out of n. */
public final class BestOfN {
    private BestOfN() {}

    /**
     * The number of the response of the largest reward; of equal ones the first.
     *
     * @param rewards [n], at least one
     */
    public static int choice(double[] rewards) {
        int best = 0;
        for (int i = 1; i < rewards.length; i++) {
            if (rewards[i] > rewards[best]) {
                best = i;
            }
        }
        return best;
    }

    /**
     * The expected true score of the best of n by reward, over all choices of n of N responses: the sum over places i of the
     * order by reward of C(i - 1, n - 1) / C(N, n) times the true score there. Of equal rewards a later response stands
     * before an earlier one, so the first is chosen.
     *
     * @param rewards [N]
     * @param scores [N] true ones
     * @param n from 1 to N
     */
    public static double expectedScore(double[] rewards, double[] scores, int n) {
        int all = rewards.length;
        if (scores.length != all || n < 1 || n > all) {
            throw new IllegalArgumentException(
                    "best of " + n + " of " + all + " rewards and " + scores.length + " scores");
        }
        int[] ascending = IntStream.range(0, all)
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(i -> rewards[i]).thenComparing(Comparator.reverseOrder()))
                .mapToInt(Integer::intValue)
                .toArray();
        double expected = 0;
        double weight = (double) n / all;
        for (int place = all; place >= n; place--) {
            expected += weight * scores[ascending[place - 1]];
            weight *= (double) (place - n) / (place - 1);
        }
        return expected;
    }

    /** How far the best of n is from the responses it is chosen of, in nats: KL = log n - (n - 1) / n. */
    public static double divergence(int n) {
        return Math.log(n) - (double) (n - 1) / n;
    }
}
