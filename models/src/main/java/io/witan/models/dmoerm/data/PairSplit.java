package io.witan.models.dmoerm.data;

import io.witan.runtime.data.DataException;
import io.witan.runtime.data.WindowOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Pairs by what they are for. Pairs with the same last query are in the same part.
 *
 * @param base the first phase trains the base model on them: 60 % of the pairs to train on
 * @param aggregator the third phase trains the aggregator on them: the other 40 %
 * @param validation to choose a checkpoint by
 * @param test not looked at in training
 */
public record PairSplit(
        List<TextPair> base, List<TextPair> aggregator, List<TextPair> validation, List<TextPair> test) {
    private static final double BASE_SHARE = 0.6;

    public PairSplit {
        base = List.copyOf(base);
        aggregator = List.copyOf(aggregator);
        validation = List.copyOf(validation);
        test = List.copyOf(test);
    }

    /**
     * Draws queries in a seeded order, each with all its pairs, for one part after another until that has enough. So a part has
     * the pairs that were wanted, and at most those of one query more.
     *
     * @param validationPairs how many are wanted; may be 0
     * @param testPairs likewise
     * @throws DataException if nothing is left for one of the training parts
     */
    public static PairSplit of(List<TextPair> pairs, int validationPairs, int testPairs, long seed) {
        Map<String, List<TextPair>> byQuery = new LinkedHashMap<>();
        for (TextPair pair : pairs) {
            byQuery.computeIfAbsent(pair.query(), query -> new ArrayList<>()).add(pair);
        }
        Deck deck = new Deck(byQuery.values(), seed);
        List<TextPair> test = deck.take(testPairs);
        List<TextPair> validation = deck.take(validationPairs);
        int training = pairs.size() - test.size() - validation.size();
        List<TextPair> base = deck.take((int) Math.round(training * BASE_SHARE));
        List<TextPair> aggregator = deck.take(training - base.size());
        if (base.isEmpty() || aggregator.isEmpty()) {
            throw new DataException(pairs.size() + " pairs with " + byQuery.size() + " different queries leave "
                    + base.size() + " and " + aggregator.size() + " to train base and aggregator on, after "
                    + validation.size() + " for validation and " + test.size() + " for the test");
        }
        return new PairSplit(base, aggregator, validation, test);
    }

    /** All pairs to train on: what labels of points are taken from, and what a single model is trained on. */
    public List<TextPair> train() {
        return Stream.concat(base.stream(), aggregator.stream()).toList();
    }

    /** Groups of pairs in a seeded order, taken from the top. */
    private static final class Deck {
        private final List<List<TextPair>> groups = new ArrayList<>();
        private int next;

        Deck(Collection<List<TextPair>> groups, long seed) {
            List<List<TextPair>> inOrder = List.copyOf(groups);
            WindowOrder order = new WindowOrder(seed, Math.max(1, inOrder.size()));
            for (int place = 0; place < inOrder.size(); place++) {
                this.groups.add(inOrder.get((int) order.at(place)));
            }
        }

        List<TextPair> take(int wanted) {
            List<TextPair> taken = new ArrayList<>();
            while (taken.size() < wanted && next < groups.size()) {
                taken.addAll(groups.get(next++));
            }
            return taken;
        }
    }
}
