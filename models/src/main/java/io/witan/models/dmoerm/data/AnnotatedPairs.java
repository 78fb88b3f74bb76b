package io.witan.models.dmoerm.data;

import com.fasterxml.jackson.databind.JsonNode;
import io.witan.runtime.data.DataException;
import io.witan.runtime.data.JsonRow;
import io.witan.runtime.data.JsonRows;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Pairs of PandaLM (Wang et al., arXiv 2306.05087) with the votes of three annotators. The query is {@code instruction}, and in
 * the next line {@code input}; the category follows from {@code motivation_app}. Observed is what at least two annotators say.
 *
 * @param decided pairs with a majority for one response
 * @param tied pairs with a majority for a tie, and pairs without a majority, which are observed as ties
 */
public record AnnotatedPairs(List<TextPair> decided, List<TextPair> tied) {
    private static final List<String> ANNOTATORS = List.of("annotator1", "annotator2", "annotator3");
    private static final Winner[] VOTES = {Winner.TIE, Winner.FIRST, Winner.SECOND};

    public AnnotatedPairs {
        decided = List.copyOf(decided);
        tied = List.copyOf(tied);
    }

    /**
     * Both parts are in the file's order.
     *
     * @throws DataException if the file cannot be read, has no row, or a row lacks a field or has a value that is none of it
     */
    public static AnnotatedPairs read(Path path) {
        List<TextPair> decided = new ArrayList<>();
        List<TextPair> tied = new ArrayList<>();
        JsonRows.read(path, row -> {
            TextPair pair = pair(row);
            (pair.labels().observed().isDecided() ? decided : tied).add(pair);
        });
        if (decided.isEmpty() && tied.isEmpty()) {
            throw new DataException(path + ": holds no pair");
        }
        return new AnnotatedPairs(decided, tied);
    }

    static TextPair pair(JsonRow row) {
        String application = row.oneOf("motivation_app", PandaLmApplications.names());
        List<Winner> votes = ANNOTATORS.stream().map(field -> vote(row, field)).toList();
        PairLabels labels = new PairLabels(
                PandaLmApplications.category(application), majority(votes), Winner.UNKNOWN, votes, List.of());
        return new TextPair(labels, List.of(query(row)), row.scalar("response1"), row.scalar("response2"));
    }

    /** Some rows have no instruction, and many no input. */
    private static String query(JsonRow row) {
        String query =
                (row.scalar("instruction").strip() + "\n" + row.scalar("input").strip()).strip();
        if (query.isEmpty()) {
            throw row.refused("fields \"instruction\" and \"input\" hold no text");
        }
        return query;
    }

    private static Winner vote(JsonRow row, String field) {
        JsonNode value = row.value(field);
        if (!value.isInt() || value.intValue() < 0 || value.intValue() >= VOTES.length) {
            throw row.refused(field, "is " + value + "; allowed are 0 (a tie), 1 and 2 (that response is better)");
        }
        return VOTES[value.intValue()];
    }

    private static Winner majority(List<Winner> votes) {
        for (Winner winner : List.of(Winner.FIRST, Winner.SECOND)) {
            if (2 * votes.stream().filter(vote -> vote == winner).count() > votes.size()) {
                return winner;
            }
        }
        return Winner.TIE;
    }
}
