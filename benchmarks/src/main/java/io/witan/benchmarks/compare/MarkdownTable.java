package io.witan.benchmarks.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A section of the report with a table, and how many of its lines pass. */
final class MarkdownTable {
    private final String title;
    private final List<String> lines = new ArrayList<>();
    private int judged;
    private int passed;

    /** @param columns after operation, io and bytes; the last is the verdict */
    MarkdownTable(String title, String... columns) {
        this.title = title;
        StringBuilder names = new StringBuilder("| operation | io | bytes |");
        StringBuilder rule = new StringBuilder("|---|---|--:|");
        for (String column : columns) {
            names.append(' ').append(column).append(" |");
            rule.append("--:|");
        }
        lines.add(names.toString());
        lines.add(rule.toString());
    }

    /** @param verdict null: the line has no target */
    void add(LineKey key, Verdict verdict, String... cells) {
        lines.add("| " + key.op() + " | " + key.io() + " | " + key.bytes() + " | " + String.join(" | ", cells) + " | "
                + (verdict == null ? "" : verdict.text()) + " |");
        judged += verdict == null ? 0 : 1;
        passed += verdict == null || !verdict.passes() ? 0 : 1;
    }

    boolean isEmpty() {
        return lines.size() == 2;
    }

    String text() {
        return "## " + title + "\n\n" + passed + " of " + judged + " lines with a target reach it.\n\n"
                + String.join("\n", lines) + "\n";
    }

    /** Empty for NaN. */
    static String number(double value) {
        return Double.isNaN(value) ? "" : String.format(Locale.ROOT, "%.2f", value);
    }

    /** Empty for null. */
    static String median(PairedRatio ratio) {
        return ratio == null ? "" : number(ratio.median());
    }

    /** Empty for null. */
    static String spread(PairedRatio ratio) {
        return ratio == null ? "" : range(ratio.least(), ratio.most());
    }

    /** Empty for null or where there are too few pairs. */
    static String interval(PairedRatio ratio) {
        return ratio == null || !ratio.hasInterval() ? "" : range(ratio.low(), ratio.high());
    }

    static String pairs(PairedRatio ratio) {
        return ratio == null ? "" : Integer.toString(ratio.pairs());
    }

    private static String range(double low, double high) {
        return number(low) + ".." + number(high);
    }
}
