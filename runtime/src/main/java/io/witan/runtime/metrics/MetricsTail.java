package io.witan.runtime.metrics;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The latest lines of a metrics file that may be long and that a run may still write.
 *
 * @param step empty: none is near the end of the file; likewise the others
 */
public record MetricsTail(
        Optional<StepMetrics> step, Optional<ValidationMetrics> validation, Optional<RankMetrics> ranks) {
    /** How much of the end of a file is read. */
    private static final int LONGEST = 2 << 20;

    public static final MetricsTail NONE = new MetricsTail(Optional.empty(), Optional.empty(), Optional.empty());

    /**
     * Of a file that is not there: nothing.
     *
     * @throws MetricsException if the file cannot be read or holds a broken line
     */
    public static MetricsTail read(Path path) {
        MetricsTail tail = NONE;
        int from = 0;
        String text;
        try {
            text = end(path);
        } catch (IOException e) {
            throw new MetricsException(path + ": cannot be read: " + e.getMessage());
        }
        for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
            String line = text.substring(from, end);
            from = end + 1;
            if (!line.isBlank()) {
                tail = tail.then(path, line);
            }
        }
        return tail;
    }

    private MetricsTail then(Path path, String line) {
        try {
            MetricsLine metrics = MetricsJson.read(MetricsJson.object(line)).orElse(null);
            return switch (metrics) {
                case StepMetrics newer -> new MetricsTail(Optional.of(newer), validation, ranks);
                case ValidationMetrics newer -> new MetricsTail(step, Optional.of(newer), ranks);
                case RankMetrics newer -> new MetricsTail(step, validation, Optional.of(newer));
                case null, default -> this;
            };
        } catch (IllegalArgumentException e) {
            throw new MetricsException(path + ": near its end: " + e.getMessage());
        }
    }

    /** Whole lines; a last line without its end is among them, but has none. */
    private static String end(Path path) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            long length = file.length();
            byte[] bytes = new byte[(int) Math.min(length, LONGEST)];
            file.seek(length - bytes.length);
            file.readFully(bytes);
            String text = new String(bytes, StandardCharsets.UTF_8);
            return bytes.length == length ? text : text.substring(text.indexOf('\n') + 1);
        } catch (FileNotFoundException _) {
            return "";
        }
    }
}
