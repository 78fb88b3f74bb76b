package io.witan.runtime.data.arithmetic;

import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Word problems with worked answers: a question of some sentences, a line for each of its one to three steps
 * ({@code Ben now has 12 + 5 = 17 apples.}), and {@code #### 17}. Whole numbers only, and every result is at least 2.
 */
public final class ArithmeticCorpus {
    /** Kinds of problem; one that stands more than once is drawn more often. */
    private static final List<ToIntFunction<Story>> KINDS = List.of(
            CountingStories::chain,
            CountingStories::chain,
            CountingStories::chain,
            CountingStories::chain,
            CountingStories::comparison,
            CountingStories::comparison,
            MeasureStories::shopping,
            MeasureStories::earning,
            MeasureStories::travel,
            MeasureStories::reading,
            MeasureStories::ages,
            MeasureStories::seats,
            MeasureStories::baking,
            MeasureStories::classes);

    private ArithmeticCorpus() {}

    /** The document with a number, from 0 on; the same for ever for the same seed and number. */
    public static String document(long seed, long index) {
        Draws draws = new Draws(seed, index);
        Story story = new Story(draws);
        int answer = KINDS.get(draws.between(0, KINDS.size() - 1)).applyAsInt(story);
        return story.text(answer);
    }
}
