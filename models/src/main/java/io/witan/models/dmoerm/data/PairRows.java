package io.witan.models.dmoerm.data;

import io.witan.runtime.data.DataException;
import io.witan.runtime.data.JsonRow;
import io.witan.runtime.data.JsonRows;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Pairs of any file whose rows have the fields of one of the loaders, as token rows.
 *
 * @param decided in the order of the file; at least one
 * @param undecided how many more there are of which neither response is better
 */
public record PairRows(List<PreferencePair> decided, int undecided) {
    public PairRows {
        decided = List.copyOf(decided);
    }

    /** The fields of rows; the first row tells which. */
    private enum Form {
        CATEGORISED("better", CategorisedPairs::pair),
        PANDALM("response1", AnnotatedPairs::pair),
        HH("chosen", row -> HarmlessDialogues.pair(row, row.number() % 2 == 0));

        private final String mark;
        private final Function<JsonRow, TextPair> parser;

        Form(String mark, Function<JsonRow, TextPair> parser) {
            this.mark = mark;
            this.parser = parser;
        }

        static Form of(JsonRow row) {
            return Arrays.stream(values())
                    .filter(form -> row.has(form.mark))
                    .findFirst()
                    .orElseThrow(() -> row.refused("no field tells what pairs these are; one of "
                            + Arrays.stream(values())
                                    .map(form -> "\"" + form.mark + "\"")
                                    .collect(Collectors.joining(", "))
                            + " must be there"));
        }
    }

    /** @throws DataException if the file is missing or has no pair to go by, or a row cannot be used: one line with file, row and field */
    public static PairRows read(Path file, PairEncoder encoder) {
        if (!Files.isRegularFile(file)) {
            throw new DataException(file + ": no such file of pairs");
        }
        List<PreferencePair> pairs = new ArrayList<>();
        List<Form> form = new ArrayList<>();
        JsonRows.read(file, row -> {
            if (form.isEmpty()) {
                form.add(Form.of(row));
            }
            pairs.add(encoded(row, form.getFirst().parser.apply(row), encoder));
        });
        List<PreferencePair> decided = pairs.stream()
                .filter(pair -> pair.labels().observed().isDecided())
                .toList();
        if (decided.isEmpty()) {
            throw new DataException(file + ": holds no pair of which one response is better");
        }
        return new PairRows(decided, pairs.size() - decided.size());
    }

    /** The tokenizer of generated pairs knows their words alone. */
    private static PreferencePair encoded(JsonRow row, TextPair pair, PairEncoder encoder) {
        try {
            return encoder.encode(pair);
        } catch (DataException e) {
            throw row.refused(e.getMessage());
        }
    }
}
