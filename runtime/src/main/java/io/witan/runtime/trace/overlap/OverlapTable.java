package io.witan.runtime.trace.overlap;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** An overlap report for people: a line of headings, one for each rank, and the mean; of many ranks, those least and most exposed. */
public final class OverlapTable {
    private static final int MOST_RANKS = 8;
    private static final String FORM = "%-9s %8s %8s %8s %12s %8s %10s %8s %14s %8s %8s";

    private static final String MODEL_FORM = "%-20s %10s %10s %8s";

    private OverlapTable() {}

    public static List<String> lines(OverlapReport report) {
        List<String> lines = new ArrayList<>();
        lines.add("steps " + report.firstStep() + " to " + report.lastStep() + ", ms a step");
        lines.add(String.format(
                Locale.ROOT,
                FORM,
                "",
                "step",
                "compute",
                "host",
                "wait: tokens",
                "copies",
                "gradients",
                "other",
                "communication",
                "hidden",
                "exposed"));
        shown(report.ranks()).forEach(rank -> lines.add(row("rank " + rank.rank(), rank)));
        if (report.ranks().size() > 1) {
            lines.add(row("mean", report.mean()));
        }
        if (report.model() != null) {
            lines.addAll(model(report.model()));
        }
        if (report.droppedEvents() > 0) {
            lines.add(report.droppedEvents()
                    + " events are missing, as there were too many; name fewer steps with --trace-steps");
        }
        return lines;
    }

    private static List<String> model(ModelComparison model) {
        return List.of(
                String.format(Locale.ROOT, MODEL_FORM, "event model, ms", "predicted", "measured", "ratio"),
                row("MoE layer, forward", model.moeForward()),
                row("MoE layer, backward", model.moeBackward()),
                row("all layers of a step", model.layers()));
    }

    private static String row(String name, ModelComparison.Compared of) {
        return String.format(
                Locale.ROOT, MODEL_FORM, name, text(of.predictedMs()), text(of.measuredMs()), text(of.ratio()));
    }

    private static List<RankOverlap> shown(List<RankOverlap> ranks) {
        if (ranks.size() <= MOST_RANKS) {
            return ranks;
        }
        Comparator<RankOverlap> byExposure = Comparator.comparingDouble(RankOverlap::exposedMs);
        return List.of(
                ranks.stream().min(byExposure).orElseThrow(),
                ranks.stream().max(byExposure).orElseThrow());
    }

    private static String row(String name, RankOverlap of) {
        return String.format(
                Locale.ROOT,
                FORM,
                name,
                text(of.stepMs()),
                text(of.computeMs()),
                text(of.hostMs()),
                text(of.waitTokensMs()),
                text(of.waitCopiesMs()),
                text(of.waitGradientsMs()),
                text(of.otherMs()),
                text(of.communicationMs()),
                text(of.hiddenMs()),
                text(of.exposedMs()));
    }

    private static String text(double ms) {
        return String.format(Locale.ROOT, "%.2f", ms);
    }
}
