package io.witan.launcher.watch;

import io.witan.runtime.state.Sharding;
import io.witan.runtime.train.StepResult;
import io.witan.scheduler.plan.Placement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * The balance of a step as a few rows of text: the layers whose ranks differ most in load, each with its hottest expert, its copies and
 * the experts that moved since the run began; of experts in slices, how many whole ones ranks put together.
 */
public final class BalanceTable {
    private static final int MOST_ROWS = 8;
    private static final double HUNDRED = 100;

    private final Sharding sharding;
    private long[] moved = new long[0];

    /** @param sharding how ranks keep experts */
    public BalanceTable(Sharding sharding) {
        this.sharding = sharding;
    }

    /** One layer of a step. @param held whole experts on all ranks */
    private record Row(int layer, double imbalance, int hottest, double share, int held, int copies, long moved) {
        String line() {
            return String.format(Locale.ROOT, "%5d  %9.2f  %14d  %8.1f %%", layer, imbalance, hottest, HUNDRED * share);
        }
    }

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
        lines.add("layer  imbalance  hottest expert    its load  "
                + switch (sharding) {
                    case WHOLE -> "copies  moved";
                    case SLICED -> "put together";
                });
        for (Row row : rows) {
            lines.add(row.line()
                    + switch (sharding) {
                        case WHOLE -> String.format(Locale.ROOT, "  %6d  %5d", row.copies, row.moved);
                        case SLICED -> String.format(Locale.ROOT, "  %12d", row.held);
                    });
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
                "balance at step %d: imbalance %.2f, most in layer %d: %.2f, where expert %d has %.0f %% of the load; %s",
                result.step(),
                result.rankImbalance(),
                worst.layer,
                worst.imbalance,
                worst.hottest,
                HUNDRED * worst.share,
                placed(rows));
    }

    private String placed(List<Row> rows) {
        return switch (sharding) {
            case WHOLE ->
                rows.stream().mapToInt(Row::copies).sum() + " copies, "
                        + Arrays.stream(moved).sum() + " experts moved so far";
            case SLICED -> rows.stream().mapToInt(Row::held).sum() + " experts put together from slices";
        };
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
                    placement.expertCount() + placement.copyCount(),
                    placement.copyCount(),
                    moved[l]));
        }
        rows.sort(Comparator.comparingDouble(Row::imbalance).reversed().thenComparingInt(Row::layer));
        return rows;
    }
}
