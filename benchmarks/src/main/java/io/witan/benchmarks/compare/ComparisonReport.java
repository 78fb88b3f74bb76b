package io.witan.benchmarks.compare;

import static io.witan.benchmarks.compare.MarkdownTable.interval;
import static io.witan.benchmarks.compare.MarkdownTable.number;
import static io.witan.benchmarks.compare.MarkdownTable.pairs;
import static io.witan.benchmarks.compare.MarkdownTable.spread;
import static io.witan.benchmarks.compare.PairedRatio.medianOf;

import io.witan.benchmarks.compare.Targets.Measure;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The tables of all runs, in Markdown. A ratio is the rival's time over ours, taken in each pair: above 1 we are faster. */
final class ComparisonReport {
    private final Runs runs;
    private final Targets targets;

    ComparisonReport(Runs runs, Targets targets) {
        this.runs = runs;
        this.targets = targets;
    }

    /** A line a side that some pairs lack; empty if there is none. */
    String leftOut() {
        StringBuilder text = new StringBuilder();
        for (int ranks : worlds()) {
            runs.leftOut(ranks).forEach((side, pairs) -> text.append("- left out: ")
                    .append(side.label())
                    .append(" with ")
                    .append(ranks)
                    .append(pairs.size() == 1 ? " ranks in pair " : " ranks in pairs ")
                    .append(pairs.stream().map(String::valueOf).collect(Collectors.joining(", ")))
                    .append('\n'));
        }
        return text.toString();
    }

    private SortedSet<Integer> worlds() {
        SortedSet<Integer> worlds = new TreeSet<>();
        runs.keys(Side.values()).forEach(key -> worlds.add(key.ranks()));
        return worlds;
    }

    String text() {
        List<String> sections = new ArrayList<>();
        for (int ranks : worlds()) {
            for (MarkdownTable table : List.of(besideMpi(ranks), besideGloo(ranks), shortMessages(ranks))) {
                if (!table.isEmpty()) {
                    sections.add(table.text());
                }
            }
        }
        return String.join("\n", sections);
    }

    private MarkdownTable besideMpi(int ranks) {
        MarkdownTable table = new MarkdownTable(
                ranks + " ranks beside Open MPI",
                "Witan, us",
                "over Aeron, us",
                "Open MPI with CMA, us",
                "without, us",
                "times as fast",
                "least..most",
                "95 %",
                "pairs",
                "target",
                "limit, us",
                "of limit",
                "verdict");
        for (LineKey key : runs.keys(Side.WITAN, Side.AERON, Side.CMA, Side.NONE)) {
            if (key.ranks() == ranks) {
                addBesideMpi(table, key);
            }
        }
        return table;
    }

    private void addBesideMpi(MarkdownTable table, LineKey key) {
        Runs.Times ours = runs.times(Side.WITAN, key);
        PairedRatio ratio = PairedRatio.of(runs.faster(Side.CMA, Side.NONE, key), ours);
        PairedRatio ofLimit = PairedRatio.of(runs.limits(key), ours);
        OptionalDouble target = targets.of(Measure.MPI, key);
        double share = ofLimit == null ? Double.NaN : ofLimit.median();
        Verdict verdict = target.isEmpty()
                ? null
                : Verdict.atLeast(
                        ratio,
                        target.getAsDouble(),
                        share,
                        targets.of(Measure.LIMIT, key).orElse(Double.NaN));
        table.add(
                key,
                verdict,
                number(medianOf(ours)),
                number(medianOf(runs.times(Side.AERON, key))),
                number(medianOf(runs.times(Side.CMA, key))),
                number(medianOf(runs.times(Side.NONE, key))),
                MarkdownTable.median(ratio),
                spread(ratio),
                interval(ratio),
                pairs(ratio),
                number(target.orElse(Double.NaN)),
                number(medianOf(runs.limits(key))),
                number(share));
    }

    private MarkdownTable besideGloo(int ranks) {
        MarkdownTable table = new MarkdownTable(
                ranks + " ranks beside Gloo",
                "Witan, us",
                "Gloo, us",
                "times as fast",
                "least..most",
                "95 %",
                "pairs",
                "target",
                "verdict");
        for (LineKey key : runs.keys(Side.GLOO)) {
            if (key.ranks() == ranks) {
                Runs.Times ours = runs.times(Side.WITAN, key);
                Runs.Times theirs = runs.times(Side.GLOO, key);
                PairedRatio ratio = PairedRatio.of(theirs, ours);
                OptionalDouble target = targets.of(Measure.GLOO, key);
                table.add(
                        key,
                        target.isEmpty() ? null : Verdict.atLeast(ratio, target.getAsDouble(), Double.NaN, Double.NaN),
                        number(medianOf(ours)),
                        number(medianOf(theirs)),
                        MarkdownTable.median(ratio),
                        spread(ratio),
                        interval(ratio),
                        pairs(ratio),
                        number(target.orElse(Double.NaN)));
            }
        }
        return table;
    }

    /** A row for each line whose time itself has a target, spinning or yielding. */
    private MarkdownTable shortMessages(int ranks) {
        MarkdownTable table =
                new MarkdownTable(ranks + " ranks, short messages", "waiting", "Witan, us", "at most, us", "verdict");
        for (LineKey key : runs.keys(Side.WITAN, Side.YIELD)) {
            if (key.ranks() == ranks) {
                addTime(table, key, "spin", runs.times(Side.WITAN, key), targets.of(Measure.SPIN, key));
                addTime(table, key, "yield", runs.times(Side.YIELD, key), targets.of(Measure.YIELD, key));
            }
        }
        return table;
    }

    private static void addTime(
            MarkdownTable table, LineKey key, String waiting, Runs.Times times, OptionalDouble target) {
        if (target.isPresent() && !times.isEmpty()) {
            double median = medianOf(times);
            table.add(
                    key,
                    Verdict.atMost(median, target.getAsDouble()),
                    waiting,
                    number(median),
                    number(target.getAsDouble()));
        }
    }
}
