package io.witan.benchmarks.gpu;

import io.witan.benchmarks.gpu.Rows.Row;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Table of attempts at kernels beside the jar's, for {@code run.sh}: {@code AttemptReport FILE NAME=FILE...}, the first of the jar's
 * rows. Each file has the rows of several calls of {@code bench gpu}; the least median counts.
 */
public final class AttemptReport {
    private AttemptReport() {}

    public static void main(String[] arguments) throws IOException {
        List<Row> jar = Rows.read(Path.of(arguments[0]));
        Map<String, List<Row>> attempts = new LinkedHashMap<>();
        for (int i = 1; i < arguments.length; i++) {
            String[] parts = arguments[i].split("=", 2);
            attempts.put(parts[0], Rows.read(Path.of(parts[1])));
        }
        System.out.print(table(jar, attempts));
    }

    /** Markdown: microseconds of the jar's kernels, then of each attempt with how many times as fast it is, or why it has none. */
    static String table(List<Row> jar, Map<String, List<Row>> attempts) {
        StringBuilder text = new StringBuilder("| shape | operation | jar, us |");
        attempts.keySet().forEach(name -> text.append(' ').append(name).append(", us | times as fast |"));
        text.append("\n|---|---|--:|")
                .append("--:|--:|".repeat(attempts.size()))
                .append('\n');
        jar.stream().filter(Row::isTimed).map(AttemptReport::key).distinct().forEach(key -> {
            double before = least(jar, key);
            text.append(String.format(Locale.ROOT, "| %s | %.1f |", key, before));
            attempts.values().forEach(rows -> text.append(cells(rows, key, before)));
            text.append('\n');
        });
        return text.toString();
    }

    private static String cells(List<Row> rows, String key, double before) {
        String note = rows.stream()
                .filter(row -> !row.isTimed() && key(row).equals(key))
                .map(Row::note)
                .findFirst()
                .orElse("");
        double now = least(rows, key);
        return note.isEmpty() && !Double.isNaN(now)
                ? String.format(Locale.ROOT, " %.1f | %.2f |", now, before / now)
                : " " + (note.isEmpty() ? "not timed" : note) + " | |";
    }

    private static String key(Row row) {
        return row.shape() + " | " + row.operation();
    }

    private static double least(List<Row> rows, String key) {
        return rows.stream()
                .filter(row -> row.isTimed() && key(row).equals(key))
                .mapToDouble(Row::microseconds)
                .min()
                .orElse(Double.NaN);
    }
}
