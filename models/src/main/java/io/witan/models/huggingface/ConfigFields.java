package io.witan.models.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;

/** The fields of a config.json, each asked for with what is allowed. */
final class ConfigFields {
    private final Path file;
    private final JsonNode root;

    ConfigFields(Path file, JsonNode root) {
        this.file = file;
        this.root = root;
    }

    boolean has(String field) {
        return !root.path(field).isMissingNode() && !root.path(field).isNull();
    }

    /** The same fields and, if it is not there, one with a value that the architecture defines. */
    ConfigFields or(String field, long value) {
        return has(field) || !root.isObject()
                ? this
                : new ConfigFields(file, root.<ObjectNode>deepCopy().put(field, value));
    }

    /** A whole number above 0. */
    int count(String field) {
        JsonNode node = require(field);
        if (!node.canConvertToInt() || !node.isIntegralNumber() || node.intValue() < 1) {
            throw bad(field, "a whole number above 0", node);
        }
        return node.intValue();
    }

    /** A number above 0. */
    double number(String field) {
        JsonNode node = require(field);
        if (!node.isNumber() || !(node.doubleValue() > 0)) {
            throw bad(field, "a number above 0", node);
        }
        return node.doubleValue();
    }

    /** A truth value that must be there. */
    boolean truth(String field) {
        JsonNode node = require(field);
        if (!node.isBoolean()) {
            throw bad(field, "true or false", node);
        }
        return node.booleanValue();
    }

    /** A truth value that may be left out. */
    boolean truth(String field, boolean otherwise) {
        return has(field) ? truth(field) : otherwise;
    }

    String text(String field) {
        JsonNode node = require(field);
        if (!node.isTextual()) {
            throw bad(field, "text", node);
        }
        return node.textValue();
    }

    /** A field as it stands. */
    String shown(String field) {
        return root.path(field).toString();
    }

    /** A section of the file; empty if it is not there. */
    ConfigFields section(String field) {
        return new ConfigFields(file, root.path(field));
    }

    /** Refuses a field that is there with another value. */
    void requireIfThere(String field, Object value) {
        if (has(field) && !root.path(field).asText().equals(value.toString())) {
            throw bad(field, value.toString(), root.path(field));
        }
    }

    /** Refuses a list that is there and not empty. */
    void requireEmpty(String field) {
        if (!root.path(field).isEmpty()) {
            throw bad(field, "empty", root.path(field));
        }
    }

    private JsonNode require(String field) {
        if (!has(field)) {
            throw HuggingFaceException.of(file, "lacks the field " + field);
        }
        return root.path(field);
    }

    HuggingFaceException bad(String field, String allowed) {
        return bad(field, allowed, root.path(field));
    }

    private HuggingFaceException bad(String field, String allowed, JsonNode found) {
        return HuggingFaceException.of(file, field + ": expected " + allowed + ", found " + found);
    }
}
