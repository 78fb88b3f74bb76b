package io.witan.runtime.profile;

import io.witan.scheduler.fit.CollectiveLines;
import io.witan.scheduler.fit.LayerProfile;
import io.witan.scheduler.fit.LinearFit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A profile for people: a line of headings, and one for each operation. */
public final class ProfileTable {
    private static final double US_PER_MS = 1e3;
    private static final double MEGA = 1e6;
    private static final String ROW = "%-32s  %9s  %12s  %-13s  %7s";

    private ProfileTable() {}

    /** @param origin where the profile is from */
    public static List<String> lines(LayerProfile profile, String origin) {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(Locale.ROOT, ROW, "costs, " + origin, "alpha us", "beta us", "for each", "r2"));
        for (CollectiveLines of : profile.collectives()) {
            String reach =
                    switch (of.reach()) {
                        case ALL -> "";
                        case IN_NODE -> ", in a node";
                        case BETWEEN_NODES -> ", between nodes";
                    };
            lines.add(row("all-to-all" + reach, of.allToAll(), MEGA, "MB"));
            lines.add(row("all-gather" + reach, of.allGather(), MEGA, "MB"));
            lines.add(row("reduce-scatter" + reach, of.reduceScatter(), MEGA, "MB"));
            lines.add(row("all-reduce" + reach, of.allReduce(), MEGA, "MB"));
        }
        lines.add(String.format(
                Locale.ROOT,
                ROW,
                "attention forward",
                String.format(Locale.ROOT, "%.1f", US_PER_MS * profile.attentionMs()),
                "",
                "",
                ""));
        lines.add(row("experts forward", profile.expertForward(), 1, "assignment"));
        lines.add(row("experts backward, rows", profile.expertBackward(), 1, "assignment"));
        lines.add(row("experts backward, weights", profile.expertWeights(), 1, "assignment"));
        lines.add(String.format(
                Locale.ROOT, "all-to-all beside experts: each %.2f times as long", 1 + profile.contention()));
        return lines;
    }

    private static String row(String name, LinearFit fit, double unit, String unitName) {
        return String.format(
                Locale.ROOT,
                ROW,
                name,
                String.format(Locale.ROOT, "%.1f", US_PER_MS * fit.time().alphaMs()),
                String.format(Locale.ROOT, "%.2f", US_PER_MS * unit * fit.time().betaMs()),
                unitName,
                String.format(Locale.ROOT, "%.4f", fit.r2()));
    }
}
