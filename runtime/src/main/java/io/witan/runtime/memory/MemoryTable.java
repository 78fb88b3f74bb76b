package io.witan.runtime.memory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Memory reports for people: a line of headings, and one for rank 0 and for the largest rank if that is another. */
public final class MemoryTable {
    private static final String[] HEADINGS = {
        "parameters",
        "gradients",
        "optimizer",
        "activations",
        "scratch",
        "transport",
        "jvm",
        "sum",
        "resident",
        "mapped",
        "difference"
    };

    /** A rank counts as larger than rank 0 from here on; ranks that do the same differ by less. */
    private static final double LARGER = 1.05;

    private static final long MEGABYTE = 1_000_000;
    private static final long GIGABYTE = 1_000_000_000;
    private static final int LEAST_CELL = 7;

    private final String unitName;
    private final long unit;

    private MemoryTable(long largest) {
        boolean large = largest >= 10 * GIGABYTE;
        this.unitName = large ? "GB" : "MB";
        this.unit = large ? GIGABYTE : MEGABYTE;
    }

    /** @param ranks at least one */
    public static List<String> lines(List<MemoryReport> ranks) {
        List<MemoryReport> shown = shown(ranks);
        long largest = shown.stream().mapToLong(MemoryTable::size).max().orElseThrow();
        MemoryTable table = new MemoryTable(largest);
        List<String> lines = new ArrayList<>();
        lines.add(table.headings());
        shown.forEach(rank -> lines.add(table.row(rank)));
        shown.stream()
                .filter(rank -> rank.resident().isKnown() && !rank.isExplained())
                .forEach(rank -> lines.add("rank " + rank.rank()
                        + ": sum and resident size differ by more than 15 % and 200 MB: "
                        + (rank.difference() > 0 ? "something else holds memory" : "some of it is not in memory")));
        return lines;
    }

    private static List<MemoryReport> shown(List<MemoryReport> ranks) {
        MemoryReport first = ranks.getFirst();
        MemoryReport largest =
                ranks.stream().max(Comparator.comparingLong(MemoryTable::size)).orElseThrow();
        return size(largest) > LARGER * size(first) ? List.of(first, largest) : List.of(first);
    }

    private static long size(MemoryReport rank) {
        return Math.max(rank.resident().bytes(), rank.parts().sum());
    }

    private String headings() {
        StringBuilder line = new StringBuilder("memory, ").append(unitName);
        for (String heading : HEADINGS) {
            line.append("  ")
                    .append(" ".repeat(Math.max(0, LEAST_CELL - heading.length())))
                    .append(heading);
        }
        return line.toString();
    }

    private String row(MemoryReport rank) {
        MemoryParts parts = rank.parts();
        boolean known = rank.resident().isKnown();
        String[] cells = {
            text(parts.parameters()),
            text(parts.gradients()),
            text(parts.optimizer()),
            text(parts.activations()),
            text(parts.scratch()),
            text(parts.transport()),
            text(parts.jvm()),
            text(parts.sum()),
            known ? text(rank.resident().bytes()) : "?",
            known ? text(rank.resident().mappedBytes()) : "?",
            known ? (rank.difference() < 0 ? "" : "+") + text(rank.difference()) : "?"
        };
        StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-10s", "rank " + rank.rank()));
        for (int i = 0; i < cells.length; i++) {
            int width = Math.max(LEAST_CELL, HEADINGS[i].length());
            line.append("  ")
                    .append(" ".repeat(Math.max(0, width - cells[i].length())))
                    .append(cells[i]);
        }
        return line.toString();
    }

    private String text(long bytes) {
        return String.format(Locale.ROOT, unit == GIGABYTE ? "%.2f" : "%.1f", (double) bytes / unit);
    }
}
