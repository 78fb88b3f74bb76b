package io.witan.benchmarks.gpu;

import io.witan.benchmarks.gpu.Rows.Row;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Tables of the rows of {@link GpuBench} beside those of its peers: {@code GpuReport FILE...}, files that are missing are empty. */
public final class GpuReport {
    private static final String WITAN = "witan";
    private static final String TORCH = "torch";
    private static final String DENSE = "torch dense";
    private static final String TRITON = "triton";
    private static final String COPY = "copy";
    private static final String DENSE_PRODUCT = "dense product";

    /** Rows of one shape and operation, by side. */
    private final Map<String, Map<String, Row>> lines = new LinkedHashMap<>();

    private final List<Row> notes = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();

    GpuReport(List<Row> rows) {
        for (Row row : rows) {
            if (row.isTimed()) {
                lines.computeIfAbsent(row.shape() + " | " + row.operation(), _ -> new LinkedHashMap<>())
                        .put(row.side(), row);
            } else {
                notes.add(row);
            }
        }
    }

    public static void main(String[] files) throws IOException {
        List<Row> rows = new ArrayList<>();
        for (String file : files) {
            rows.addAll(Rows.read(Path.of(file)));
        }
        System.out.print(new GpuReport(rows).text());
    }

    /** Markdown. */
    String text() {
        double product = ceiling(DENSE_PRODUCT, Row::teraflops);
        double copy = ceiling(COPY, Row::gigabytes);
        ceilings();
        products(product);
        memory(copy);
        if (!notes.isEmpty()) {
            text.append("\nNot timed:\n\n");
            notes.forEach(row -> text.append(
                    String.format("- %s, %s, %s: %s%n", row.side(), row.shape(), row.operation(), row.note())));
        }
        return text.toString();
    }

    /** The most that any side reached; NaN if none did it. */
    private double ceiling(String operation, ToDoubleFunction<Row> rate) {
        return lines.values().stream()
                .flatMap(sides -> sides.values().stream())
                .filter(row -> row.operation().equals(operation))
                .mapToDouble(rate)
                .max()
                .orElse(Double.NaN);
    }

    private void ceilings() {
        text.append("\n| ceiling | side | us | rate |\n|---|---|--:|--:|\n");
        lines.forEach((line, sides) -> sides.values().forEach(row -> {
            if (row.operation().equals(COPY)) {
                text.append(String.format(
                        Locale.ROOT,
                        "| %s | %s | %.1f | %.0f GB/s |%n",
                        row.shape(),
                        row.side(),
                        row.microseconds(),
                        row.gigabytes()));
            } else if (row.operation().equals(DENSE_PRODUCT)) {
                text.append(String.format(
                        Locale.ROOT,
                        "| %s | %s | %.1f | %.1f TFLOP/s |%n",
                        row.shape(),
                        row.side(),
                        row.microseconds(),
                        row.teraflops()));
            }
        }));
    }

    private void products(double ceiling) {
        text.append("\nShare: of the fastest dense product above. Times as fast: the peer's median over Witan's.\n");
        text.append(
                "\n| shape | operation | us | TFLOP/s | share | torch, us | times as fast | dense, us | times as fast |"
                        + " Triton, us | times as fast |\n|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
        lines.forEach((line, sides) -> {
            Row witan = sides.get(WITAN);
            if (witan != null && witan.flops() > 0 && !witan.operation().equals(DENSE_PRODUCT)) {
                text.append(String.format(
                        Locale.ROOT,
                        "| %s | %.1f | %.1f | %s |%s%s%s%n",
                        line,
                        witan.microseconds(),
                        witan.teraflops(),
                        number(witan.teraflops() / ceiling),
                        beside(witan, sides.get(TORCH)),
                        beside(witan, sides.get(DENSE)),
                        beside(witan, sides.get(TRITON))));
            }
        });
    }

    private static String beside(Row witan, Row peer) {
        return peer == null
                ? " | |"
                : String.format(
                        Locale.ROOT,
                        " %.1f | %s |",
                        peer.microseconds(),
                        number(peer.microseconds() / witan.microseconds()));
    }

    private void memory(double ceiling) {
        text.append(
                "\nShare: of the fastest copy above.\n\n| shape | operation | us | GB/s | share |\n|---|---|--:|--:|--:|\n");
        lines.forEach((line, sides) -> {
            Row witan = sides.get(WITAN);
            if (witan != null && witan.bytes() > 0 && !witan.operation().equals(COPY)) {
                text.append(String.format(
                        Locale.ROOT,
                        "| %s | %.1f | %.0f | %s |%n",
                        line,
                        witan.microseconds(),
                        witan.gigabytes(),
                        number(witan.gigabytes() / ceiling)));
            }
        });
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "" : String.format(Locale.ROOT, "%.2f", value);
    }
}
