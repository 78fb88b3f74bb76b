package io.witan.scheduler.simulate.table;

import java.util.List;
import java.util.Locale;

/**
 * Figures beside ours, and what follows.
 *
 * @param name as {@code --table} takes it
 * @param title with the source
 * @param notes assumptions, and constants with the rows they were fitted to
 * @param rows in the paper's order
 * @param checks of which each must hold
 * @param misses what is published and not reached, stated and not checked
 */
public record Table(
        String name,
        String title,
        List<String> notes,
        List<TableRow> rows,
        List<Verdict> checks,
        List<Verdict> misses) {
    /** How far a predicted figure may be off: the bound of medians, and what counts as near. */
    public static final double NEAR = 0.15;

    public Table {
        notes = List.copyOf(notes);
        rows = List.copyOf(rows);
        checks = List.copyOf(checks);
        misses = List.copyOf(misses);
    }

    /** True if every check holds. */
    public boolean holds() {
        return checks.stream().allMatch(Verdict::holds);
    }

    /** Median distance from the figures of rows that were predicted. */
    static double medianError(List<TableRow> rows) {
        double[] errors = rows.stream()
                .filter(row -> row.role() == TableRow.Role.PREDICTED)
                .mapToDouble(row -> Math.abs(row.error()))
                .sorted()
                .toArray();
        int middle = errors.length / 2;
        return errors.length % 2 == 1 ? errors[middle] : (errors[middle - 1] + errors[middle]) / 2;
    }

    static Verdict medianWithin(List<TableRow> rows, double bound) {
        double median = medianError(rows);
        return new Verdict(
                String.format(
                        Locale.ROOT,
                        "median error of the predicted rows at most %.0f %%: %.1f %%",
                        100 * bound,
                        100 * median),
                median <= bound);
    }
}
