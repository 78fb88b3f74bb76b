package io.witan.models.dmoerm.data;

import io.witan.runtime.data.DataException;
import io.witan.runtime.data.JsonRow;
import io.witan.runtime.data.JsonRows;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Pairs of HH-RLHF (Bai et al., arXiv 2204.05862): rows with dialogues {@code chosen} and {@code rejected}, whose turns begin
 * with {@code Human:} or {@code Assistant:} behind a blank line. A response is what a dialogue says from the first assistant's
 * turn on in which the two differ; queries are the user's turns before it. Category {@link Category#CHAT}.
 */
public final class HarmlessDialogues {
    private static final String HUMAN = "Human:";
    private static final String ASSISTANT = "Assistant:";
    private static final Pattern TURN = Pattern.compile("\n\n(?=Human:|Assistant:)");

    private HarmlessDialogues() {}

    /**
     * All pairs, in the file's order. The chosen response stands first in every other pair, so that places tell nothing.
     *
     * @throws DataException if the file cannot be read, has no row, or a row is no pair of such dialogues
     */
    public static List<TextPair> read(Path path) {
        List<TextPair> pairs = new ArrayList<>();
        JsonRows.read(path, row -> pairs.add(pair(row, pairs.size() % 2 == 0)));
        if (pairs.isEmpty()) {
            throw new DataException(path + ": holds no pair");
        }
        return pairs;
    }

    static TextPair pair(JsonRow row, boolean chosenFirst) {
        List<String> chosen = turns(row, "chosen");
        List<String> rejected = turns(row, "rejected");
        int common = 0;
        while (common < Math.min(chosen.size(), rejected.size())
                && chosen.get(common).equals(rejected.get(common))) {
            common++;
        }
        List<String> queries = chosen.subList(0, common).stream()
                .filter(turn -> turn.startsWith(HUMAN))
                .map(turn -> turn.substring(HUMAN.length()).strip())
                .toList();
        String better = response(row, "chosen", chosen, common);
        String worse = response(row, "rejected", rejected, common);
        return new TextPair(
                PairLabels.observed(Category.CHAT, chosenFirst ? Winner.FIRST : Winner.SECOND),
                queries,
                chosenFirst ? better : worse,
                chosenFirst ? worse : better);
    }

    /** The first turn is the user's. */
    private static List<String> turns(JsonRow row, String field) {
        String[] parts = TURN.split("\n\n" + row.text(field), -1);
        if (!parts[0].isEmpty() || !parts[1].startsWith(HUMAN)) {
            throw row.refused(field, "does not begin with a turn of \"" + HUMAN + "\"");
        }
        return List.of(parts).subList(1, parts.length);
    }

    private static String response(JsonRow row, String field, List<String> turns, int common) {
        if (common == turns.size() || !turns.get(common).startsWith(ASSISTANT)) {
            String where = common == turns.size() ? "has ended" : "has the user's turn";
            throw row.refused(
                    field,
                    where + " where the two dialogues differ, at turn " + (common + 1) + "; expected a turn of \""
                            + ASSISTANT + "\"");
        }
        String response = String.join("\n\n", turns.subList(common, turns.size()));
        return response.substring(ASSISTANT.length()).strip();
    }
}
