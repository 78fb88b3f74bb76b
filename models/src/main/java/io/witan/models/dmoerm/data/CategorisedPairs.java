package io.witan.models.dmoerm.data;

import io.witan.runtime.data.DataException;
import io.witan.runtime.data.JsonRow;
import io.witan.runtime.data.JsonRows;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Pairs of one's own: {@code category} is the key of a {@link Category}, {@code queries} are the user's turns, {@code first} and
 * {@code second} the responses, {@code better} is {@code first}, {@code second} or {@code tie}.
 */
public final class CategorisedPairs {
    private static final List<String> CATEGORIES =
            Arrays.stream(Category.values()).map(Category::key).toList();
    private static final List<String> VERDICTS = List.of("first", "second", "tie");
    private static final Winner[] WINNERS = {Winner.FIRST, Winner.SECOND, Winner.TIE};

    private CategorisedPairs() {}

    /**
     * All pairs with a better response, in the file's order.
     *
     * @throws DataException if the file cannot be read or has no such pair, or a row lacks a field or has a value that is none of it
     */
    public static List<TextPair> read(Path path) {
        List<TextPair> pairs = new ArrayList<>();
        JsonRows.read(path, row -> {
            TextPair pair = pair(row);
            if (pair.labels().observed().isDecided()) {
                pairs.add(pair);
            }
        });
        if (pairs.isEmpty()) {
            throw new DataException(path + ": holds no pair of which one response is better");
        }
        return pairs;
    }

    static TextPair pair(JsonRow row) {
        Category category = Category.values()[CATEGORIES.indexOf(row.oneOf("category", CATEGORIES))];
        List<String> queries = row.texts("queries");
        if (queries.isEmpty()) {
            throw row.refused("queries", "has no text");
        }
        Winner better = WINNERS[VERDICTS.indexOf(row.oneOf("better", VERDICTS))];
        return new TextPair(PairLabels.observed(category, better), queries, row.scalar("first"), row.scalar("second"));
    }
}
