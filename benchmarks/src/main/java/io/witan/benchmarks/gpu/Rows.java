package io.witan.benchmarks.gpu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Results as JSON lines, of Witan ({@link GpuBench}) or of a peer in Python: the keys are the same. */
final class Rows {
    private static final JsonMapper JSON = new JsonMapper();

    private Rows() {}

    /**
     * One line.
     *
     * @param side who did it
     * @param shape the line of the file of shapes
     * @param microseconds median; NaN if it was not timed
     * @param note why it was not, else empty
     */
    record Row(
            String side, String shape, String operation, double microseconds, double flops, double bytes, String note) {
        boolean isTimed() {
            return microseconds > 0;
        }

        double teraflops() {
            return flops / microseconds * 1e-6;
        }

        double gigabytes() {
            return bytes / microseconds * 1e-3;
        }
    }

    static ObjectNode row(String side, String shape, String operation) {
        return JSON.createObjectNode().put("side", side).put("shape", shape).put("op", operation);
    }

    static void append(Path file, ObjectNode row) throws IOException {
        Files.writeString(file, row + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** Nothing if there is no such file; a last line that was cut off is left out. */
    static List<Row> read(Path file) throws IOException {
        List<Row> rows = new ArrayList<>();
        if (Files.exists(file)) {
            for (String line : Files.readAllLines(file)) {
                if (line.endsWith("}")) {
                    rows.add(row(JSON.readTree(line)));
                }
            }
        }
        return rows;
    }

    private static Row row(JsonNode json) {
        return new Row(
                json.path("side").asText(),
                json.path("shape").asText(),
                json.path("op").asText(),
                json.path("p50_us").asDouble(Double.NaN),
                json.path("flops").asDouble(0),
                json.path("bytes").asDouble(0),
                json.path("note").asText(""));
    }
}
