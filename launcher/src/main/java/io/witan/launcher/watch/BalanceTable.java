package io.witan.launcher.watch;

import io.witan.runtime.train.StepResult;
import io.witan.scheduler.plan.Placement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * The balance of a step as a few rows of text: the layers whose ranks differ most in load, each with its hottest expert, its copies and
 * the experts that moved since the run began.
 */
public final class BalanceTable {
    private static final int MOST_ROWS = 8;

    private long[] moved = new long[0];

    /** One layer of a step. */
    private record Row(int layer, double imbalance, int hottest, double share, int copies, long moved) {}

    /** Takes up the moves of a step; once for each. */
    public void observe(StepResult result) {
        if (moved.length != result.expertLoad().length) {
            moved = new long[result.expertLoad().length];
        }
        result.moves().forEach(move -> moved[move.layer()]++);
    }

    /** A heading and a row for each of the most uneven layers, which stand in layer order. */
    public List<String> rows(StepResult result) {
        List<Row> rows = new ArrayList<>(worstFirst(result));
        int left = Math.max(0, rows.size() - MOST_ROWS);
        rows.subList(rows.size() - left, rows.size()).clear();
        rows.sort(Comparator.comparingInt(Row::layer));
        List<String> lines = new ArrayList<>();
        lines.add("layer  imbalance  hottest expert    its load  copies  moved");
        for (Row row : rows) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%5d  %9.2f  %14d  %8.1f %%  %6d  %5d",
                    row.layer,
                    row.imbalance,
                    row.hottest,
                    100 * row.share,
                    row.copies,
                    row.moved));
        }
        if (left > 0) {
            lines.add("and " + left + " layers that are more even");
        }
        return lines;
    }

    /** The same in one line, of the most uneven layer. */
    public String summary(StepResult result) {
        List<Row> rows = worstFirst(result);
        if (rows.isEmpty()) {
            return "balance: no MoE layer";
        }
        Row worst = rows.getFirst();
        return String.format(
                Locale.ROOT,
                "balance at step %d: imbalance %.2f, most in layer %d: %.2f, where expert %d has %.0f %% of the load; "
                        + "%d copies, %d experts moved so far",
                result.step(),
                result.rankImbalance(),
                worst.layer,
                worst.imbalance,
                worst.hottest,
                100 * worst.share,
                rows.stream().mapToInt(Row::copies).sum(),
                Arrays.stream(moved).sum());
    }

    private List<Row> worstFirst(StepResult result) {
        List<Row> rows = new ArrayList<>();
        for (int l = 0; l < result.expertLoad().length; l++) {
            long[] load = result.expertLoad()[l];
            int hottest = 0;
            for (int e = 1; e < load.length; e++) {
                hottest = load[e] > load[hottest] ? e : hottest;
            }
            long sum = Arrays.stream(load).sum();
            Placement placement = result.placements().get(l);
            rows.add(new Row(
                    l,
                    StepResult.imbalance(result.rankLoad()[l]),
                    hottest,
                    sum == 0 ? 0 : (double) load[hottest] / sum,
                    placement.copyCount(),
                    moved[l]));
        }
        rows.sort(Comparator.comparingDouble(Row::imbalance).reversed().thenComparingInt(Row::layer));
        return rows;
    }
}
