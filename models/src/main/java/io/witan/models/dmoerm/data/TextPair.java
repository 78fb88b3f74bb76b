package io.witan.models.dmoerm.data;

import java.util.List;

/**
 * Two responses to a prompt.
 *
 * @param queries the user's turns, at least one; the responses answer the last
 * @param first may be empty: there are models that say nothing
 * @param second likewise
 */
public record TextPair(PairLabels labels, List<String> queries, String first, String second) implements LabelledPair {
    public TextPair {
        queries = List.copyOf(queries);
        if (queries.isEmpty()) {
            throw new IllegalArgumentException("a pair has at least one query");
        }
    }

    /** What both responses answer. */
    public String query() {
        return queries.getLast();
    }
}
