package io.witan.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;

/** The table of benchmarks/compare/targets.txt, which says what its columns mean. */
final class Targets {
    /** What a row limits. */
    enum Measure {
        /** Least ratio to Open MPI. */
        MPI,
        /** Least share of the measured limit that passes too. */
        LIMIT,
        /** Least ratio to Gloo. */
        GLOO,
        /** Most microseconds while waiting threads spin. */
        SPIN,
        /** Most microseconds while they yield. */
        YIELD
    }

    private static final int COLUMNS = 6;
    private static final String ALL = "all";

    private record Row(Measure measure, int ranks, long from, long to, double value, Set<String> ops) {
        boolean fits(Measure wanted, LineKey key) {
            return measure == wanted
                    && ranks == key.ranks()
                    && from <= key.bytes()
                    && key.bytes() <= to
                    && (ops.contains(ALL) || ops.contains(key.op()));
        }
    }

    private final List<Row> rows;

    private Targets(List<Row> rows) {
        this.rows = rows;
    }

    /** @throws IllegalArgumentException which names file, line and word, if the file is not such a table */
    static Targets read(Path file) throws IOException {
        List<Row> rows = new ArrayList<>();
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                try {
                    rows.add(row(line));
                } catch (IllegalArgumentException bad) {
                    throw new IllegalArgumentException(file + ":" + (i + 1) + ": " + bad.getMessage(), bad);
                }
            }
        }
        return new Targets(rows);
    }

    /** Empty too for a line that Witan does not have by design. */
    OptionalDouble of(Measure measure, LineKey key) {
        return rows.stream()
                .filter(row -> key.isOffered() && row.fits(measure, key))
                .mapToDouble(Row::value)
                .findFirst();
    }

    private static Row row(String line) {
        String[] words = line.split("\\s+");
        if (words.length != COLUMNS) {
            throw new IllegalArgumentException(
                    words.length + " columns; there are " + COLUMNS + ": what ranks from to value operations");
        }
        if (!words[1].matches("[1-9]\\d{0,4}") || !words[4].matches("\\d+(\\.\\d+)?")) {
            throw new IllegalArgumentException("ranks or value of \"" + line + "\" is no number");
        }
        return new Row(
                measure(words[0]),
                Integer.parseInt(words[1]),
                bytes(words[2]),
                bytes(words[3]),
                Double.parseDouble(words[4]),
                Set.of(words[5].split(",")));
    }

    private static Measure measure(String word) {
        return Arrays.stream(Measure.values())
                .filter(measure -> label(measure).equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("\"" + word + "\" is none of "
                        + Arrays.stream(Measure.values()).map(Targets::label).collect(Collectors.joining(", "))));
    }

    private static String label(Measure measure) {
        return measure.name().toLowerCase(Locale.ROOT);
    }

    /** 64K, 16M, or 16M+ for one byte more. */
    private static long bytes(String word) {
        if (!word.matches("\\d{1,12}[KM]?\\+?")) {
            throw new IllegalArgumentException(
                    "\"" + word + "\" is no size; allowed are e.g. 8, 64K, 16M, and 16M+ for above");
        }
        long above = word.endsWith("+") ? 1 : 0;
        String size = word.substring(0, word.length() - (int) above);
        int shift = size.endsWith("M") ? 20 : size.endsWith("K") ? 10 : 0;
        return (Long.parseLong(shift == 0 ? size : size.substring(0, size.length() - 1)) << shift) + above;
    }
}
