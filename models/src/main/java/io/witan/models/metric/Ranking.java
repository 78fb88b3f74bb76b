package io.witan.models.metric;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Candidates of one query, best first.
 *
 * @param relevant [n] whether each is a right one; at least one is
 */
public record Ranking(boolean[] relevant) {
    public Ranking {
        if (IntStream.range(0, relevant.length).noneMatch(i -> relevant[i])) {
            throw new IllegalArgumentException("none of " + relevant.length + " candidates is relevant");
        }
    }

    /** By falling score. Of equal scores the wrong ones come first, so that a model that tells nothing apart gains nothing. */
    public static Ranking of(double[] scores, boolean[] relevant) {
        Proportion.requireSameLength(relevant.length, scores.length);
        boolean[] sorted = new boolean[relevant.length];
        int[] order = IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(i -> -scores[i]).thenComparing(i -> relevant[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        IntStream.range(0, order.length).forEach(place -> sorted[place] = relevant[order[place]]);
        return new Ranking(sorted);
    }

    /** HR@k: 1 if one of the first k is right, 0 otherwise. */
    public double hitRate(int k) {
        return IntStream.range(0, Math.min(k, relevant.length)).anyMatch(i -> relevant[i]) ? 1 : 0;
    }

    /** NDCG@k with gain 1 for a right one and discount log2(place + 1): over that of the best order. */
    public double ndcg(int k) {
        int right = (int)
                IntStream.range(0, relevant.length).filter(i -> relevant[i]).count();
        double gained = IntStream.range(0, Math.min(k, relevant.length))
                .filter(i -> relevant[i])
                .mapToDouble(Ranking::discount)
                .sum();
        double best = IntStream.range(0, Math.min(k, right))
                .mapToDouble(Ranking::discount)
                .sum();
        return gained / best;
    }

    /** @param place from 0 */
    private static double discount(int place) {
        return Math.log(2) / Math.log(place + 2);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Ranking that && Arrays.equals(relevant, that.relevant);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(relevant);
    }
}
