package io.witan.runtime.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.function.Consumer;

/** The rows of a JSON Lines file, read strictly. */
public final class JsonRows {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private JsonRows() {}

    /**
     * Visits the rows in their order; blank lines are passed over.
     *
     * @throws DataException if the file cannot be read, or a row is not one JSON object: one line with file and row
     */
    public static void read(Path path, Consumer<JsonRow> visitor) {
        Utf8Lines.visit(path, (number, line) -> {
            if (!line.isBlank()) {
                visitor.accept(new JsonRow(path, number, object(path, number, line)));
            }
        });
    }

    private static ObjectNode object(Path path, long number, String line) {
        try {
            JsonNode node = JSON.readTree(line);
            if (node instanceof ObjectNode object) {
                return object;
            }
            throw refused(path, number, "it is " + JsonRow.kind(node));
        } catch (JsonProcessingException e) {
            String problem = e.getOriginalMessage()
                    .replaceAll("\\s*\\(start marker at .*?\\]\\)", "")
                    .replaceAll("\\s*\\R\\s*", " ");
            int column = e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
            throw refused(path, number, problem + " (column " + column + ")");
        }
    }

    private static DataException refused(Path path, long number, String problem) {
        return new DataException(path + ":" + number + ": not a JSON object: " + problem);
    }
}
