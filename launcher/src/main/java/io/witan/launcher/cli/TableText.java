package io.witan.launcher.cli;

import io.witan.scheduler.simulate.table.Table;
import io.witan.scheduler.simulate.table.TableRow;
import io.witan.scheduler.simulate.table.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A table of the simulator for people. */
final class TableText {
    private TableText() {}

    static List<String> lines(Table table) {
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add(table.title() + " (--table " + table.name() + ")");
        table.notes().forEach(note -> lines.add("  " + note));
        int width = table.rows().stream()
                .mapToInt(row -> row.label().length())
                .max()
                .orElse(0);
        String form = "  %-" + width + "s  %13s  %9s  %8s  %s";
        lines.add(String.format(Locale.ROOT, form, "", "published", "ours", "error", ""));
        for (TableRow row : table.rows()) {
            lines.add(String.format(
                            Locale.ROOT,
                            form,
                            row.label(),
                            published(row),
                            number(row.ours()) + " " + row.unit(),
                            error(row),
                            verdict(row))
                    .stripTrailing());
        }
        for (Verdict check : table.checks()) {
            lines.add((check.holds() ? "  holds:  " : "  FAILS:  ") + check.claim());
        }
        table.misses().forEach(miss -> lines.add("  missed: " + miss.claim()));
        return lines;
    }

    private static String published(TableRow row) {
        if (row.role() == TableRow.Role.OURS) {
            return "";
        }
        return row.least() == row.most() ? number(row.least()) : number(row.least()) + " - " + number(row.most());
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, Math.abs(value) >= 100 ? "%.0f" : "%.2f", value);
    }

    private static String error(TableRow row) {
        return row.role() == TableRow.Role.OURS ? "" : String.format(Locale.ROOT, "%+.1f %%", 100 * row.error());
    }

    private static String verdict(TableRow row) {
        return switch (row.role()) {
            case OURS -> "";
            case FITTED -> "fitted";
            case PREDICTED -> {
                boolean range = row.least() < row.most();
                boolean good = range ? row.error() == 0 : Math.abs(row.error()) <= Table.NEAR;
                yield good ? (range ? "inside" : "near") : (range ? "outside" : "off");
            }
        };
    }
}
