package io.witan.runtime.moe.gate;

import io.witan.runtime.engine.StepContext;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * The K experts of largest score + bias, out of at most so many groups of neighbours (node-limited routing, DeepSeek-V3, section 2.1.2):
 * the groups in which the sum of the ceil(K / limit) largest is largest. If an expert's group is what a node owns, a token goes to no more
 * nodes than that. Ties go to the lower id.
 *
 * @param groups of E / groups experts each
 * @param limit groups that a token may use
 * @param bias of each expert; counts for the choice alone
 */
record GroupedTopK(int groups, int limit, IntToDoubleFunction bias) implements Selection {
    @Override
    public boolean leavesGaps() {
        return false;
    }

    @Override
    public Choice choose(Scored scored, StepContext context) {
        int topK = scored.shape().topK();
        int experts = scored.shape().experts();
        int[] expert = new int[scored.shape().tokens() * topK];
        double[] value = new double[experts];
        int[] chosen = new int[topK];
        for (int t = 0; t < scored.shape().tokens(); t++) {
            for (int e = 0; e < experts; e++) {
                value[e] = scored.score(t, e) + bias.applyAsDouble(e);
            }
            close(value, topK);
            Best.choose(value, chosen);
            System.arraycopy(chosen, 0, expert, t * topK, topK);
        }
        return new Choice(topK, expert);
    }

    /** Groups that are not chosen get no value. */
    private void close(double[] value, int topK) {
        if (limit == groups || Arrays.stream(value).anyMatch(Double::isNaN)) {
            return;
        }
        int size = value.length / groups;
        int counted = Math.min(size, Math.ceilDiv(topK, limit));
        double[] best = new double[groups];
        for (int g = 0; g < groups; g++) {
            double[] own = Arrays.copyOfRange(value, g * size, (g + 1) * size);
            Arrays.sort(own);
            best[g] = Arrays.stream(own, size - counted, size).sum();
        }
        IntStream.range(0, groups)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer g) -> -best[g]).thenComparingInt(g -> g))
                .skip(limit)
                .forEach(g -> Arrays.fill(value, g * size, (g + 1) * size, Double.NEGATIVE_INFINITY));
    }
}
