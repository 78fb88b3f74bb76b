package io.witan.runtime.moe.gate;

import io.witan.runtime.engine.StepContext;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Experts choose tokens (Zhou et al. 2022): of each sequence of N tokens every expert takes the C = ceil(K f N / E) that score it highest, at
 * most N; ties go to the earlier token. Loads are even by construction, a token may get no expert or all of them. As a token's
 * experts depend on later tokens, a model that is trained so sees the future: it is for encoders, and for comparison.
 *
 * @param factor f
 * @param sequence tokens of a sequence; the last one of a batch may be shorter
 */
record ExpertChoice(double factor, int sequence) implements Selection {
    @Override
    public boolean leavesGaps() {
        return true;
    }

    @Override
    public Choice choose(Scored scored, StepContext context) {
        int tokens = scored.shape().tokens();
        int experts = scored.shape().experts();
        boolean[][] takes = new boolean[tokens][experts];
        for (int from = 0; from < tokens; from += sequence) {
            int to = Math.min(tokens, from + sequence);
            int capacity = Capacity.rows(scored.shape(), factor, to - from);
            for (int e = 0; e < experts; e++) {
                int expert = e;
                IntStream.range(from, to)
                        .boxed()
                        .sorted((a, b) -> compare(scored, expert, a, b))
                        .limit(capacity)
                        .forEach(t -> takes[t][expert] = true);
            }
        }
        return choice(takes, scored);
    }

    /** The token of larger score first, then the earlier one; NaN last. */
    private static int compare(Scored scored, int expert, int a, int b) {
        double scoreA = scored.score(a, expert);
        double scoreB = scored.score(b, expert);
        if (scoreA == scoreB || Double.isNaN(scoreA) && Double.isNaN(scoreB)) {
            return Integer.compare(a, b);
        }
        return Double.isNaN(scoreA) || scoreB > scoreA ? 1 : -1;
    }

    private static Choice choice(boolean[][] takes, Scored scored) {
        int most = 1;
        for (boolean[] token : takes) {
            int count = 0;
            for (boolean taken : token) {
                count += taken ? 1 : 0;
            }
            most = Math.max(most, count);
        }
        int[] expert = new int[takes.length * most];
        Arrays.fill(expert, Choice.NONE);
        for (int t = 0; t < takes.length; t++) {
            int next = t * most;
            for (int e = 0; e < scored.shape().experts(); e++) {
                if (takes[t][e]) {
                    expert[next++] = e;
                }
            }
        }
        return new Choice(most, expert);
    }
}
