package io.witan.benchmarks.collectives;

import io.witan.launcher.cluster.Cluster;
import io.witan.launcher.cluster.NodeSpec;
import io.witan.scheduler.plan.Topology;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** Header and rows for people. One thread at a time. */
final class BenchTable {
    private final PrintStream out;
    private final BenchOptions options;
    private final Cluster cluster;
    private final String revision;
    private final List<Column> columns = new ArrayList<>();

    /** @param width negative: to the left */
    private record Column(String name, int width, Function<BenchRow, String> text) {}

    BenchTable(PrintStream out, BenchOptions options, Cluster cluster, String revision) {
        this.out = out;
        this.options = options;
        this.cluster = cluster;
        this.revision = revision;
        addColumns();
    }

    private void addColumns() {
        column("# op", -26, BenchRow::op);
        column("io", 4, row -> row.inPlace() ? "in" : "out");
        column("size(B)", 11, row -> Long.toString(row.bytes()));
        if (options.tokenElements() > 0) {
            column(
                    "tokens",
                    10,
                    row -> number(1, row.bytes() / (double) options.type().bytes() / options.tokenElements()));
        }
        column("count", 11, row -> Long.toString(row.count()));
        column("type", 6, BenchRow::dtype);
        column("iters", 7, row -> Integer.toString(row.iters()));
        column("p50(us)", 11, row -> number(2, row.p50Us()));
        column("p99(us)", 11, row -> number(2, row.p99Us()));
        column("max(us)", 11, row -> number(2, row.maxUs()));
        column("algbw", 9, row -> number(3, row.algbwGbs()));
        column("busbw", 9, row -> number(3, row.busbwGbs()));
        if (options.limits()) {
            column("limit(us)", 10, row -> row.limitUs() == null ? "-" : number(2, row.limitUs()));
            column("p50/limit", 9, row -> row.limitUs() == null ? "-" : number(2, row.p50Us() / row.limitUs()));
        }
        if (cluster.nodes().size() > 1) {
            column("dropped", 8, row -> Long.toString(row.network().dropped()));
            column("naks", 8, row -> Long.toString(row.network().naks()));
            column("resent", 8, row -> Long.toString(row.network().retransmits()));
        }
        column("#wrong", 6, row -> row.wrong() == BenchRow.UNCHECKED ? "-" : Long.toString(row.wrong()));
    }

    private void column(String name, int width, Function<BenchRow, String> text) {
        columns.add(new Column(name, width, text));
    }

    /** @param facts of all ranks, in their order */
    void header(List<RankFacts> facts) {
        Topology topology = cluster.topology();
        out.println("# " + revision);
        for (int node = 0; node < topology.nodeCount(); node++) {
            NodeSpec spec = cluster.nodes().get(node);
            String where = cluster.nodes().size() > 1 ? "host " + spec.name() + ": " : "";
            out.println("# " + where + facts.get(topology.firstRank(node)).machine());
            out.println("# JVM flags " + facts.get(topology.firstRank(node)).flags());
            for (int local = 0; local < spec.ranks(); local++) {
                RankFacts rank = facts.get(topology.firstRank(node) + local);
                out.println("# rank " + rank.rank() + " pid " + rank.pid() + " cores " + rank.cores());
            }
        }
        out.println("# " + counted(options.ranks(), "rank") + " on " + counted(topology.nodeCount(), "host")
                + "; inside a host " + transport() + (topology.nodeCount() > 1 ? ", between hosts Aeron UDP" : "")
                + (options.loss() > 0 ? " that loses " + options.loss() : "") + "; lane "
                + options.lane().label() + "; idle " + options.idleLabel());
        out.println("# " + options.type().label() + "; skew "
                + (options.shape().zipf() == 0
                        ? "equal"
                        : "zipf:" + options.shape().zipf()) + "; "
                + options.shape().materialised() + " of " + options.shape().experts() + " experts copied; seed "
                + options.seed() + "; results " + (options.check() ? "verified" : "not verified"));
        out.println("# time of an iteration: the longest over ranks, after a barrier; algbw, busbw: 1e9 B/s");
        out.println("# busbw counts what goes between ranks, also of the same host, and not what stays on its rank");
        if (!options.limits()) {
            names();
        }
    }

    /** What each rank of the host copies or adds a second, while all do. */
    void limits(MemoryLimits limits) {
        out.println("# limits of the memory: all ranks at once, each out of a peer's memory into its own; p50");
        out.printf(Locale.ROOT, "# %14s %11s %9s %11s %9s%n", "size(B)", "copy(us)", "1e9 B/s", "b+=a(us)", "1e9 B/s");
        for (MemoryLimits.Point point : limits.points()) {
            out.printf(
                    Locale.ROOT,
                    "# %14d %11.2f %9.3f %11.2f %9.3f%n",
                    point.bytes(),
                    point.copyUs(),
                    point.bytes() / point.copyUs() / 1e3,
                    point.addUs(),
                    point.bytes() / point.addUs() / 1e3);
        }
        names();
    }

    private void names() {
        line(Column::name);
    }

    void row(BenchRow row) {
        line(column -> column.text().apply(row));
        if (row.sparse() != null) {
            sparse(row.sparse());
        }
    }

    private void sparse(BenchRow.Sparse sparse) {
        String text = "#   planned " + sparse.plannedBytes() + " B, moved " + sparse.movedBytes()
                + (sparse.movedBytes().equals(sparse.plannedBytes()) ? "" : " (WRONG)") + ", in place "
                + sparse.inPlaceBytes() + "; s " + number(4, sparse.s());
        if (sparse.denseUs() != null) {
            text += "; dense " + number(2, sparse.denseUs()) + " us, bound " + number(2, sparse.boundUs()) + " us: "
                    + (sparse.withinBound() ? "within" : "MISSED");
        }
        out.println(text);
    }

    private void line(Function<Column, String> text) {
        StringBuilder line = new StringBuilder();
        for (Column column : columns) {
            line.append(line.isEmpty() ? "" : " ")
                    .append(String.format(Locale.ROOT, "%" + column.width() + "s", text.apply(column)));
        }
        out.println(line);
        out.flush();
    }

    private String transport() {
        return switch (options.dataPath()) {
            case SHARED_MEMORY -> "shared memory";
            case AERON -> "Aeron IPC";
        };
    }

    private static String number(int decimals, double value) {
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    private static String counted(int count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }
}
