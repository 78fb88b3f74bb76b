package io.witan.runtime.metrics;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The lines of a metrics file as they stand. A last line that a killed run left unfinished is left out. */
final class MetricsFile {
    record Line(long number, String text, ObjectNode json) {
        long step() {
            return json.get("step").longValue();
        }
    }

    private MetricsFile() {}

    /** @throws MetricsException if the file is missing, unreadable, or a line before the last is broken */
    static List<Line> read(Path path) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Files.readAllBytes(path)))
                    .toString();
        } catch (NoSuchFileException e) {
            throw new MetricsException(path + ": no such metrics file");
        } catch (CharacterCodingException e) {
            throw new MetricsException(path + ": not UTF-8 text");
        } catch (IOException e) {
            throw new MetricsException(path + ": cannot be read: " + e.getMessage());
        }
        List<Line> lines = new ArrayList<>();
        long number = 1;
        int start = 0;
        for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
            lines.add(line(path, number, text.substring(start, end)));
            start = end + 1;
            number++;
        }
        return lines;
    }

    private static Line line(Path path, long number, String text) {
        try {
            return new Line(number, text, MetricsJson.object(text));
        } catch (IllegalArgumentException e) {
            throw new MetricsException(path + ":" + number + ": " + e.getMessage());
        }
    }
}
