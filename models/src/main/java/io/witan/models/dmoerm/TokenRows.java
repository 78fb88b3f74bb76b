package io.witan.models.dmoerm;

import io.witan.models.dmoerm.data.PreferencePair;
import io.witan.runtime.engine.Ragged;
import java.util.ArrayList;
import java.util.List;

/**
 * Token sequences without padding.
 *
 * @param ids [T]
 */
record TokenRows(int[] ids, Ragged rows) {
    /** The user's turns of each pair. */
    static TokenRows ofPrompts(List<PreferencePair> pairs) {
        return of(pairs.stream().map(PreferencePair::prompt).toList());
    }

    /** Of pair i: sequence 2 i is its query with the first response, 2 i + 1 with the second. */
    static TokenRows ofResponses(List<PreferencePair> pairs) {
        List<int[]> rows = new ArrayList<>();
        for (PreferencePair pair : pairs) {
            rows.add(pair.first());
            rows.add(pair.second());
        }
        return of(rows);
    }

    private static TokenRows of(List<int[]> sequences) {
        Ragged rows =
                Ragged.ofLengths(sequences.stream().mapToInt(ids -> ids.length).toArray());
        int[] ids = new int[rows.rows()];
        for (int i = 0; i < sequences.size(); i++) {
            System.arraycopy(sequences.get(i), 0, ids, rows.begin(i), rows.length(i));
        }
        return new TokenRows(ids, rows);
    }
}
