package io.witan.models.dmoerm.data;

import io.witan.runtime.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Token rows of pairs, with a tokenizer's end-of-text as separator {@code |}: {@code | turn | turn |} for the router,
 * {@code | query | response |} for a reward model. Of what is too long, a prompt loses its beginning and a response its end.
 */
public final class PairEncoder {
    private static final int SEPARATORS = 3;

    private final Tokenizer tokenizer;
    private final int maxTokens;

    /**
     * @param tokenizer stays the caller's to close
     * @param maxTokens of a row, separators included; at least 5
     */
    public PairEncoder(Tokenizer tokenizer, int maxTokens) {
        if (maxTokens < SEPARATORS + 2) {
            throw new IllegalArgumentException("rows of " + maxTokens + " tokens have no room for query and response");
        }
        this.tokenizer = tokenizer;
        this.maxTokens = maxTokens;
    }

    /** V of the rows. */
    public int vocabularySize() {
        return tokenizer.vocabularySize();
    }

    public PreferencePair encode(TextPair pair) {
        return new PreferencePair(
                pair.labels(),
                promptRow(pair.queries()),
                rewardRow(pair.query(), pair.first()),
                rewardRow(pair.query(), pair.second()));
    }

    /** All of them, in their order. */
    public List<PreferencePair> encode(List<TextPair> pairs) {
        return pairs.stream().map(this::encode).toList();
    }

    /** The user's turns; of too many tokens the last ones, behind a separator. */
    public int[] promptRow(List<String> queries) {
        List<int[]> turns = new ArrayList<>();
        int length = 1;
        for (String query : queries) {
            int[] ids = tokenizer.encode(query);
            turns.add(ids);
            length += ids.length + 1;
        }
        int[] row = new int[length];
        int at = 0;
        row[at++] = tokenizer.endOfText();
        for (int[] ids : turns) {
            System.arraycopy(ids, 0, row, at, ids.length);
            at += ids.length;
            row[at++] = tokenizer.endOfText();
        }
        if (length <= maxTokens) {
            return row;
        }
        int[] cut = Arrays.copyOfRange(row, length - maxTokens, length);
        cut[0] = tokenizer.endOfText();
        return cut;
    }

    /** A query and a response to it. Each has half of the room, and what the other leaves. */
    public int[] rewardRow(String query, String response) {
        int[] asked = tokenizer.encode(query);
        int[] answered = tokenizer.encode(response);
        int room = maxTokens - SEPARATORS;
        int ofQuery = Math.min(asked.length, Math.max(room / 2, room - answered.length));
        int ofResponse = Math.min(answered.length, room - ofQuery);
        int[] row = new int[ofQuery + ofResponse + SEPARATORS];
        row[0] = tokenizer.endOfText();
        System.arraycopy(asked, asked.length - ofQuery, row, 1, ofQuery);
        row[1 + ofQuery] = tokenizer.endOfText();
        System.arraycopy(answered, 0, row, 2 + ofQuery, ofResponse);
        row[row.length - 1] = tokenizer.endOfText();
        return row;
    }
}
