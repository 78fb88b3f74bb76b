package io.witan.runtime.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Documents of a JSON Lines file: one row, one document, the values of its fields joined by a line feed. */
final class JsonLines {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final Path path;
    private final List<String> fields;
    private final List<String> documents = new ArrayList<>();

    private JsonLines(Path path, List<String> fields) {
        this.path = path;
        this.fields = fields;
    }

    /**
     * @param fields taken in this order, text, number or truth value; none: every text field of the row, in the row's order
     * @throws DataException if a row is not an object, lacks a field or has no text; blank lines are passed over
     */
    static List<String> read(Path path, List<String> fields) {
        JsonLines reader = new JsonLines(path, fields);
        Utf8Lines.visit(path, reader::row);
        return reader.documents;
    }

    private void row(long number, String line) {
        if (line.isBlank()) {
            return;
        }
        ObjectNode row = object(number, line);
        List<String> values = fields.isEmpty() ? textFields(row) : namedFields(number, row);
        String document = String.join("\n", values);
        if (document.isBlank()) {
            String which = fields.isEmpty() ? "the row has no text field" : "the fields hold no text";
            throw refused(number, which);
        }
        if (document.codePoints()
                .anyMatch(point -> point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE)) {
            throw refused(number, "a text holds half of a surrogate pair");
        }
        documents.add(document);
    }

    private ObjectNode object(long number, String line) {
        try {
            JsonNode node = JSON.readTree(line);
            if (node instanceof ObjectNode object) {
                return object;
            }
            throw refused(number, "not a JSON object: it is " + kind(node));
        } catch (JsonProcessingException e) {
            String problem = e.getOriginalMessage()
                    .replaceAll("\\s*\\(start marker at .*?\\]\\)", "")
                    .replaceAll("\\s*\\R\\s*", " ");
            int column = e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
            throw refused(number, "not a JSON object: " + problem + " (column " + column + ")");
        }
    }

    private static List<String> textFields(ObjectNode row) {
        List<String> values = new ArrayList<>();
        for (JsonNode value : row) {
            if (value.isTextual()) {
                values.add(value.textValue());
            }
        }
        return values;
    }

    private List<String> namedFields(long number, ObjectNode row) {
        List<String> values = new ArrayList<>();
        for (String field : fields) {
            JsonNode value = row.get(field);
            if (value == null) {
                List<String> names = new ArrayList<>();
                row.fieldNames().forEachRemaining(names::add);
                throw refused(number, "no field \"" + field + "\"; the row has " + String.join(", ", names));
            }
            if (!value.isTextual() && !value.isNumber() && !value.isBoolean()) {
                throw refused(number, "field \"" + field + "\" is " + kind(value) + ", not a text");
            }
            values.add(value.asText());
        }
        return values;
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "an array";
            case OBJECT -> "an object";
            case STRING -> "a text";
            case NUMBER -> "a number";
            case NULL -> "null";
            default -> node.getNodeType().name().toLowerCase(Locale.ROOT);
        };
    }

    private DataException refused(long number, String problem) {
        return new DataException(path + ":" + number + ": " + problem);
    }
}
