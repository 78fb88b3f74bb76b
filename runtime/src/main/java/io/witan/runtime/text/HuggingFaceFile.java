package io.witan.runtime.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What Witan needs from a {@code tokenizer.json}: the greatest id, the end-of-text id, and the same file without control
 * tokens, truncation and padding, so that text gives text tokens only and all of them.
 */
record HuggingFaceFile(ObjectNode root, int vocabularySize, int endOfText, Set<Integer> controlIds) {
    /** Names of the token after a document, most usual first. */
    private static final List<String> END_OF_TEXT =
            List.of("<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>", "<|eos|>", "[EOS]", "[SEP]");

    /**
     * A tokenizer without any known end-of-text token gets one: the id after its last.
     *
     * @throws TokenizerException if {@code root} has no model with a vocabulary
     */
    static HuggingFaceFile of(Path path, ObjectNode root) {
        Map<String, Integer> ids = vocabulary(path, root.path("model").path("vocab"));
        ArrayNode kept = root.arrayNode();
        Set<Integer> control = new HashSet<>();
        for (JsonNode token : root.path("added_tokens")) {
            String content = token.path("content").asText();
            ids.put(content, TokenizerFile.id(path, content, token.path("id")));
            if (token.path("special").asBoolean()) {
                control.add(ids.get(content));
            } else {
                kept.add(token);
            }
        }
        if (ids.isEmpty()) {
            throw new TokenizerException(path + ": the vocabulary is empty");
        }
        int size = ids.values().stream().mapToInt(id -> id + 1).max().getAsInt();
        Integer end = END_OF_TEXT.stream()
                .filter(ids::containsKey)
                .map(ids::get)
                .findFirst()
                .orElse(null);
        control.add(end == null ? size : end);
        ObjectNode stripped = root.deepCopy();
        stripped.set("added_tokens", kept);
        stripped.putNull("truncation").putNull("padding").putNull("post_processor");
        hideControlPieces(stripped.path("model").path("vocab"), control);
        return new HuggingFaceFile(
                stripped, end == null ? size + 1 : size, end == null ? size : end, Set.copyOf(control));
    }

    /** A unigram model matches any piece of its list in a text; a piece that starts with NUL is in none. */
    private static void hideControlPieces(JsonNode vocabulary, Set<Integer> control) {
        if (vocabulary instanceof ArrayNode pieces) {
            control.stream().filter(id -> id < pieces.size()).forEach(id -> ((ArrayNode) pieces.get(id))
                    .set(0, "\u0000control-" + id));
        }
    }

    private static Map<String, Integer> vocabulary(Path path, JsonNode vocabulary) {
        Map<String, Integer> ids = new HashMap<>();
        if (vocabulary.isObject()) {
            vocabulary
                    .properties()
                    .forEach(
                            token -> ids.put(token.getKey(), TokenizerFile.id(path, token.getKey(), token.getValue())));
        } else if (vocabulary.isArray()) {
            for (JsonNode piece : vocabulary) {
                if (!piece.isArray() || piece.size() != 2) {
                    throw new TokenizerException(path + ": model.vocab must hold pairs of piece and score");
                }
                ids.put(piece.path(0).asText(), ids.size());
            }
        } else {
            throw new TokenizerException(path + ": has no model.vocab: not a tokenizer.json");
        }
        return ids;
    }
}
