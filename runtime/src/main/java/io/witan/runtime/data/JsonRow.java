package io.witan.runtime.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** One row of a JSON Lines file. What a reader refuses of it is a {@link DataException} of one line that names file, row and field. */
public final class JsonRow {
    private final Path path;
    private final long number;
    private final ObjectNode row;

    JsonRow(Path path, long number, ObjectNode row) {
        this.path = path;
        this.number = number;
        this.row = row;
    }

    /** Where it stands: {@code file:row}, rows from 1. */
    public String place() {
        return path + ":" + number;
    }

    /** The number of its line, from 1. */
    public long number() {
        return number;
    }

    /** Whether there is such a field. */
    public boolean has(String field) {
        return row.has(field);
    }

    /**
     * Any value.
     *
     * @throws DataException if there is no such field
     */
    public JsonNode value(String field) {
        JsonNode value = row.get(field);
        if (value == null) {
            List<String> names = new ArrayList<>();
            row.fieldNames().forEachRemaining(names::add);
            throw refused("no field \"" + field + "\"; the row has " + String.join(", ", names));
        }
        return value;
    }

    /** A text, number or truth value, as text. */
    public String scalar(String field) {
        JsonNode value = value(field);
        if (!value.isTextual() && !value.isNumber() && !value.isBoolean()) {
            throw refused(field, "is " + kind(value) + ", not a text");
        }
        return whole(field, value.asText());
    }

    /** A text that is not blank, without white space around it. */
    public String text(String field) {
        return text(field, value(field));
    }

    private String text(String field, JsonNode value) {
        if (!value.isTextual()) {
            throw refused(field, "is " + kind(value) + ", not a text");
        }
        String text = value.textValue().strip();
        if (text.isEmpty()) {
            throw refused(field, "holds no text");
        }
        return whole(field, text);
    }

    private String whole(String field, String text) {
        if (hasHalfPair(text)) {
            throw refused(field, "holds half of a surrogate pair");
        }
        return text;
    }

    /** A text that is one of some. */
    public String oneOf(String field, Collection<String> allowed) {
        String text = text(field);
        if (!allowed.contains(text)) {
            throw refused(field, "is \"" + text + "\"; allowed are " + String.join(", ", allowed));
        }
        return text;
    }

    /** An array of texts, none blank; may be empty. */
    public List<String> texts(String field) {
        List<String> texts = new ArrayList<>();
        for (JsonNode item : array(field)) {
            texts.add(text(field, item));
        }
        return texts;
    }

    /** An array; may be empty. */
    public JsonNode array(String field) {
        JsonNode value = value(field);
        if (!value.isArray()) {
            throw refused(field, "is " + kind(value) + ", not an array");
        }
        return value;
    }

    /** All text values, in the row's order. */
    List<String> allTexts() {
        List<String> values = new ArrayList<>();
        for (JsonNode value : row) {
            if (value.isTextual()) {
                values.add(value.textValue());
            }
        }
        return values;
    }

    static boolean hasHalfPair(String text) {
        return text.codePoints()
                .anyMatch(point -> point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE);
    }

    static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "an array";
            case OBJECT -> "an object";
            case STRING -> "a text";
            case NUMBER -> "a number";
            case NULL -> "null";
            default -> node.getNodeType().name().toLowerCase(Locale.ROOT);
        };
    }

    /** The error of a field. @param problem what is said of it, from the verb on */
    public DataException refused(String field, String problem) {
        return refused("field \"" + field + "\" " + problem);
    }

    /** The error of the row as a whole. */
    public DataException refused(String problem) {
        return new DataException(place() + ": " + problem);
    }
}
