package io.witan.runtime.data.arithmetic;

import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/**
 * Word problems with worked answers: a question of some sentences, a line for each of its one to three steps
 * ({@code Ben now has 12 + 5 = 17 apples.}), and {@code #### 17}. Whole numbers only, and every result is at least 2.
 */
public final class ArithmeticCorpus {
    private static final List<ToIntFunction<Story>> COUNTING = List.of(
            CountingStories::chain,
            CountingStories::chain,
            CountingStories::chain,
            CountingStories::chain,
            CountingStories::comparison,
            CountingStories::comparison);

    private static final List<ToIntFunction<Story>> MEASURE = List.of(
            MeasureStories::shopping,
            MeasureStories::earning,
            MeasureStories::travel,
            MeasureStories::reading,
            MeasureStories::ages,
            MeasureStories::seats,
            MeasureStories::baking,
            MeasureStories::classes);

    /** Which problems; a kind that stands more than once is drawn more often. */
    public enum Stories {
        /** About things and about measures. */
        ALL(Stream.of(ArithmeticCorpus.COUNTING, ArithmeticCorpus.MEASURE)
                .flatMap(List::stream)
                .toList()),
        /** Things that are had, won, lost, shared and packed. */
        COUNTING(ArithmeticCorpus.COUNTING),
        /** Money, ways, time, ages and seats. */
        MEASURE(ArithmeticCorpus.MEASURE);

        private final List<ToIntFunction<Story>> kinds;

        Stories(List<ToIntFunction<Story>> kinds) {
            this.kinds = kinds;
        }
    }

    private ArithmeticCorpus() {}

    /** The document with a number, from 0 on; the same for ever for the same seed and number. */
    public static String document(long seed, long index) {
        return document(Stories.ALL, seed, index);
    }

    /** As {@link #document(long, long)}, of some kinds of problem. */
    public static String document(Stories stories, long seed, long index) {
        Draws draws = new Draws(seed, index);
        Story story = new Story(draws);
        int answer =
                stories.kinds.get(draws.between(0, stories.kinds.size() - 1)).applyAsInt(story);
        return story.text(answer);
    }
}
