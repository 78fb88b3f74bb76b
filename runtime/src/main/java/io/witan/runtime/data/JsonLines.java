package io.witan.runtime.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Documents of a JSON Lines file: one row, one document, the values of its fields joined by a line feed. */
final class JsonLines {
    private JsonLines() {}

    /**
     * @param fields taken in this order, text, number or truth value; none: every text field of the row, in the row's order
     * @throws DataException if a row is not an object, lacks a field or has no text; blank lines are passed over
     */
    static List<String> read(Path path, List<String> fields) {
        List<String> documents = new ArrayList<>();
        JsonRows.read(path, row -> documents.add(document(row, fields)));
        return documents;
    }

    private static String document(JsonRow row, List<String> fields) {
        List<String> values = fields.isEmpty()
                ? row.allTexts()
                : fields.stream().map(row::scalar).toList();
        String document = String.join("\n", values);
        if (document.isBlank()) {
            throw row.refused(fields.isEmpty() ? "the row has no text field" : "the fields hold no text");
        }
        if (JsonRow.hasHalfPair(document)) {
            throw row.refused("a text holds half of a surrogate pair");
        }
        return document;
    }
}
