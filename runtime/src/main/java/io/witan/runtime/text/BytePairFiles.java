package io.witan.runtime.text;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * GPT-2's two files, {@code vocab.json} (token to id) and {@code merges.txt} (one pair of tokens a line, best first), as the
 * equivalent {@code tokenizer.json}: byte-level byte-pair encoding. Tokens are spelt with one printable character for each
 * byte.
 */
final class BytePairFiles {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final Path vocabulary;
    private final Path merges;

    BytePairFiles(Path vocabulary, Path merges) {
        this.vocabulary = vocabulary;
        this.merges = merges;
    }

    /** @throws TokenizerException if the two files cannot encode every text */
    ObjectNode toTokenizerJson(String vocabularyText, String mergesText) {
        ObjectNode ids = TokenizerFile.object(vocabulary, vocabularyText);
        Map<Integer, String> tokens = new HashMap<>();
        ids.properties().forEach(entry -> {
            int id = TokenizerFile.id(vocabulary, entry.getKey(), entry.getValue());
            String other = tokens.put(id, entry.getKey());
            if (other != null) {
                throw new TokenizerException(
                        vocabulary + ": tokens \"" + other + "\" and \"" + entry.getKey() + "\" share the id " + id);
            }
        });
        for (int value = 0; value < 256; value++) {
            if (!ids.has(symbol(value))) {
                throw new TokenizerException(
                        "%s: has no token \"%s\" for the byte 0x%02x, so not every text can be encoded"
                                .formatted(vocabulary, symbol(value), value));
            }
        }
        ObjectNode model = NODES.objectNode().put("type", "BPE");
        model.putNull("dropout").putNull("unk_token");
        model.put("continuing_subword_prefix", "").put("end_of_word_suffix", "").put("fuse_unk", false);
        model.set("vocab", ids);
        model.set("merges", merges(mergesText, ids));
        ObjectNode root = NODES.objectNode().put("version", "1.0");
        root.putNull("truncation").putNull("padding").putNull("normalizer").putNull("post_processor");
        root.putArray("added_tokens");
        root.set("pre_tokenizer", byteLevel());
        root.set("decoder", byteLevel());
        root.set("model", model);
        return root;
    }

    private ArrayNode merges(String text, ObjectNode ids) {
        ArrayNode pairs = NODES.arrayNode();
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            if (line.isEmpty() || number == 1 && line.startsWith("#version")) {
                continue;
            }
            String[] pair = line.split(" ", -1);
            if (pair.length != 2 || pair[0].isEmpty() || pair[1].isEmpty()) {
                throw new TokenizerException(merges + ":" + number + ": must be two tokens with a space between");
            }
            for (String token : new String[] {pair[0], pair[1], pair[0] + pair[1]}) {
                if (!ids.has(token)) {
                    throw new TokenizerException(
                            merges + ":" + number + ": \"" + token + "\" is not in " + vocabulary.getFileName());
                }
            }
            pairs.addArray().add(pair[0]).add(pair[1]);
        }
        return pairs;
    }

    private static ObjectNode byteLevel() {
        return NODES.objectNode()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", true);
    }

    /** How a byte is spelt: itself where Latin-1 prints it, else the next free character from U+0100 on. */
    static String symbol(int value) {
        int rank = 0;
        for (int smaller = 0; smaller < value; smaller++) {
            rank += isPrinted(smaller) ? 0 : 1;
        }
        return Character.toString(isPrinted(value) ? value : 0x100 + rank);
    }

    private static boolean isPrinted(int value) {
        return value >= '!' && value <= '~' || value >= 0xa1 && value <= 0xac || value >= 0xae && value <= 0xff;
    }
}
