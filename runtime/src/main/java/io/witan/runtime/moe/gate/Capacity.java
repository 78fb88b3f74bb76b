package io.witan.runtime.moe.gate;

import io.witan.kernels.GateKernel;
import io.witan.runtime.moe.GateConfig;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * How many assignments an expert takes: of each sequence of N tokens C = ceil(K f N / E) (GShard, section 3.1), the rest is dropped. All
 * first choices come before all second ones. Within one of these the earlier token comes first, or the token whose first choice weighs more
 * (batch prioritised routing, Riquelme et al. 2021). A sequence stays on one rank, so that what is dropped does not depend on their number.
 *
 * @param factor f
 * @param sequence tokens of a sequence; the last one of a batch may be shorter
 */
record Capacity(double factor, GateConfig.Priority priority, int sequence) {
    /** What should be a whole number is not taken for a little more. */
    private static final double ROUNDED = 1 - 1e-12;

    /** C, at most N. */
    static int rows(GateKernel.Shape shape, double factor, int tokens) {
        double even = shape.topK() * factor * tokens / shape.experts();
        return (int) Math.min(tokens, Math.ceil(even * ROUNDED));
    }

    /** @return true for each assignment [T x K] that is dropped */
    boolean[] dropped(Scored scored, Selection.Choice choice) {
        boolean[] dropped = new boolean[choice.expert().length];
        int tokens = scored.shape().tokens();
        for (int from = 0; from < tokens; from += sequence) {
            int to = Math.min(tokens, from + sequence);
            int[] room = new int[scored.shape().experts()];
            Arrays.fill(room, rows(scored.shape(), factor, to - from));
            int[] order = order(scored, choice, from, to);
            for (int k = 0; k < choice.choices(); k++) {
                for (int t : order) {
                    int assignment = t * choice.choices() + k;
                    int expert = choice.expert()[assignment];
                    dropped[assignment] = expert == Selection.Choice.NONE || --room[expert] < 0;
                }
            }
        }
        return dropped;
    }

    private int[] order(Scored scored, Selection.Choice choice, int from, int to) {
        IntStream tokens = IntStream.range(from, to);
        return switch (priority) {
            case POSITION -> tokens.toArray();
            case SCORE ->
                tokens.boxed()
                        .sorted(Comparator.comparingDouble((Integer t) -> -first(scored, choice, t)))
                        .mapToInt(Integer::intValue)
                        .toArray();
        };
    }

    private static double first(Scored scored, Selection.Choice choice, int t) {
        int expert = choice.expert()[t * choice.choices()];
        return expert == Selection.Choice.NONE ? 0 : scored.score(t, expert);
    }
}
