package io.witan.runtime.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads the files of a tokenizer, strictly. */
final class TokenizerFile {
    static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private TokenizerFile() {}

    /** @throws TokenizerException if it is missing, unreadable, empty or not UTF-8 */
    static String text(Path path) {
        try {
            byte[] bytes = Files.readAllBytes(path);
            if (bytes.length == 0) {
                throw new TokenizerException(path + ": empty tokenizer file");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (NoSuchFileException e) {
            throw new TokenizerException(path + ": no such tokenizer file");
        } catch (CharacterCodingException e) {
            throw new TokenizerException(path + ": not UTF-8 text");
        } catch (IOException e) {
            throw new TokenizerException(path + ": cannot be read: " + e.getMessage());
        }
    }

    /** @throws TokenizerException if the text is not one JSON object */
    static ObjectNode object(Path path, String text) {
        try {
            JsonNode node = JSON.readTree(text);
            if (node instanceof ObjectNode object) {
                return object;
            }
            throw new TokenizerException(path + ": must be a JSON object, got " + node.getNodeType());
        } catch (JsonProcessingException e) {
            String problem = e.getOriginalMessage().replaceAll("\\s*\\R\\s*", " ");
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            throw new TokenizerException(path + ":" + line + ": not JSON: " + problem);
        }
    }

    /**
     * An id of a vocabulary.
     *
     * @throws TokenizerException if it is not a whole number from 0 to 2^24
     */
    static int id(Path path, String token, JsonNode value) {
        if (!value.isInt() || value.intValue() < 0 || value.intValue() >= 1 << 24) {
            throw new TokenizerException(path + ": token \"" + token + "\" has no usable id, got " + value);
        }
        return value.intValue();
    }
}
