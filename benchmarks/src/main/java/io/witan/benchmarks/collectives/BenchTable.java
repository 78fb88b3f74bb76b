package io.witan.benchmarks.collectives;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** Rows for people. */
final class BenchTable {
    private final PrintStream out;
    private final BenchOptions options;

    BenchTable(PrintStream out, BenchOptions options) {
        this.out = out;
        this.options = options;
    }

    void header(List<Long> pids, boolean pinned) {
        out.println("# " + Machine.describe());
        out.println("# " + options.ranks() + " ranks on 1 node"
                + (pinned ? ", each on a core of its own" : ", not pinned")
                + "; transport " + options.transportLabel() + ", idle "
                + options.idle().name().toLowerCase(Locale.ROOT) + ", skew "
                + (options.zipf() == 0 ? "equal" : "zipf:" + options.zipf()) + ", " + options.materialised() + " of "
                + options.experts() + " experts copied, seed " + options.seed());
        for (int rank = 0; rank < pids.size(); rank++) {
            out.println("# rank " + rank + " pid " + pids.get(rank));
        }
        out.println(
                "# time of an iteration: the longest over ranks, after a barrier; busbw leaves out a rank's own part");
        out.printf(
                Locale.ROOT,
                "%-22s %4s %11s %s%11s %6s %7s %11s %11s %11s %9s %9s %6s%n",
                "# op",
                "io",
                "size(B)",
                options.tokenFloats() > 0 ? String.format("%10s ", "tokens") : "",
                "count",
                "type",
                "iters",
                "p50(us)",
                "p99(us)",
                "max(us)",
                "algbw",
                "busbw",
                "#wrong");
    }

    void row(BenchRow row) {
        out.printf(
                Locale.ROOT,
                "%-22s %4s %11d %s%11d %6s %7d %11.2f %11.2f %11.2f %9.3f %9.3f %6s%n",
                row.op(),
                row.inPlace() ? "in" : "out",
                row.bytes(),
                tokens(row.bytes()),
                row.count(),
                row.dtype(),
                row.iters(),
                row.p50Us(),
                row.p99Us(),
                row.maxUs(),
                row.algbwGbs(),
                row.busbwGbs(),
                row.wrong() == BenchRow.UNCHECKED ? "-" : Long.toString(row.wrong()));
        out.flush();
    }

    private String tokens(long bytes) {
        if (options.tokenFloats() == 0) {
            return "";
        }
        return String.format(Locale.ROOT, "%10.1f ", bytes / (double) Float.BYTES / options.tokenFloats());
    }
}
