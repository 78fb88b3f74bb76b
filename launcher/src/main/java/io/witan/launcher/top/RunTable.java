package io.witan.launcher.top;

import io.witan.runtime.metrics.RankMetrics;
import io.witan.runtime.metrics.StepMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** A view of a run as lines of text. */
public final class RunTable {
    private static final String NONE = "-";
    private static final double MB = 1e6;
    private static final double HUNDRED = 100;

    private RunTable() {}

    /** @param left what stands left in its column, else right */
    private record Column(String heading, boolean left, Function<RunView.Row, String> cell) {}

    private static final List<Column> COLUMNS = List.of(
            new Column("rank", false, row -> Integer.toString(row.rank())),
            new Column("node", true, row -> row.node().isEmpty() ? NONE : row.node()),
            new Column("pid", false, row -> row.pid() == 0 ? NONE : Long.toString(row.pid())),
            new Column("state", true, row -> row.state().isEmpty() ? NONE : row.state()),
            new Column("restarts", false, row -> row.restarts() < 0 ? NONE : Integer.toString(row.restarts())),
            new Column("own ms", false, row -> number(row, "%.1f", RankMetrics.OfRank::ownMs)),
            new Column("wait ms", false, row -> number(row, "%.1f", RankMetrics.OfRank::waitMs)),
            new Column("waiting", false, row -> number(row, "%.0f %%", RunTable::waitingShare)),
            new Column("load", false, row -> number(row, "%.2f", RankMetrics.OfRank::load)),
            new Column("copies", false, row -> row.figures()
                    .filter(of -> of.copies() >= 0)
                    .map(of -> Integer.toString(of.copies()))
                    .orElse(NONE)),
            new Column("sent MB", false, row -> number(row, "%.2f", of -> of.sentBytes() / MB)),
            new Column("resident MB", false, row -> row.figures()
                    .filter(of -> of.residentBytes() > 0)
                    .map(of -> String.format(Locale.ROOT, "%.0f", of.residentBytes() / MB))
                    .orElse(NONE)));

    public static List<String> lines(RunView view) {
        List<String> lines = new ArrayList<>();
        lines.add(view.title());
        lines.add(view.state());
        lines.add(view.step().map(step -> step(view, step)).orElse("no step was done yet"));
        if (view.ranksStep() > 0) {
            lines.add("ranks in step " + view.ranksStep() + ":");
        }
        lines.addAll(rows(view.ranks()));
        return lines;
    }

    private static String step(RunView view, StepMetrics step) {
        return String.format(
                Locale.ROOT,
                "step %d%s  loss %.4f%s  grad %.2f  lr %.2e  %.0f tok/s  step %.0f ms  imbalance %.2f%s",
                step.step(),
                view.steps() == 0 ? "" : "/" + view.steps(),
                step.loss(),
                view.validation()
                        .map(validation -> String.format(Locale.ROOT, "  val %.4f", validation.valLoss()))
                        .orElse(""),
                step.gradNorm(),
                step.lr(),
                step.tokensPerS(),
                step.stepMs(),
                step.imbalance(),
                step.skipped() ? "  skipped" : "");
    }

    private static List<String> rows(List<RunView.Row> rows) {
        int[] widths = COLUMNS.stream()
                .mapToInt(column -> Math.max(
                        column.heading.length(),
                        rows.stream()
                                .mapToInt(row -> column.cell.apply(row).length())
                                .max()
                                .orElse(0)))
                .toArray();
        List<String> lines = new ArrayList<>();
        lines.add(line(widths, Column::heading));
        for (RunView.Row row : rows) {
            lines.add(line(widths, column -> column.cell.apply(row)));
        }
        return lines;
    }

    private static String line(int[] widths, Function<Column, String> text) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            Column column = COLUMNS.get(i);
            String form = "%" + (column.left ? "-" : "") + widths[i] + "s";
            line.append(i == 0 ? "" : "  ").append(String.format(form, text.apply(column)));
        }
        return line.toString().stripTrailing();
    }

    private static double waitingShare(RankMetrics.OfRank of) {
        double all = of.ownMs() + of.waitMs();
        return all == 0 ? 0 : HUNDRED * of.waitMs() / all;
    }

    private static String number(RunView.Row row, String form, Function<RankMetrics.OfRank, Double> value) {
        Optional<RankMetrics.OfRank> figures = row.figures();
        return figures.map(of -> String.format(Locale.ROOT, form, value.apply(of)))
                .orElse(NONE);
    }
}
