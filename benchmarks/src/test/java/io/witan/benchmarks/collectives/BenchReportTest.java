package io.witan.benchmarks.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.launcher.cluster.Cluster;
import io.witan.launcher.message.AgentEvent;
import io.witan.launcher.message.AgentLink;
import io.witan.launcher.message.Binding;
import io.witan.launcher.message.Channel;
import io.witan.launcher.message.NodeJob;
import io.witan.launcher.message.RunSpec;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class BenchReportTest {
    private final ByteArrayOutputStream table = new ByteArrayOutputStream();
    private final StringWriter json = new StringWriter();
    private final List<AgentEvent> others = new ArrayList<>();

    /** An agent that only hands over where its events go. */
    private static final class Agent implements AgentLink {
        private Consumer<AgentEvent> events;

        @Override
        public void start(NodeJob job, Consumer<AgentEvent> sink) {
            events = sink;
        }

        @Override
        public void goOn(NodeJob next, Set<Integer> replaced) {}

        @Override
        public void stop() {}

        @Override
        public void kill() {}

        @Override
        public void close() {}

        void row(BenchRow row) {
            events.accept(new AgentEvent.Output(0, Channel.RESULT, BenchRank.ROW + row.toJson()));
        }
    }

    private Agent listening(BenchReport report, int node) {
        Agent agent = new Agent();
        RunSpec run = new RunSpec(
                "",
                List.of(1, 1),
                List.of(),
                "",
                "",
                new RunSpec.Processes(1, Binding.NONE, "", 0),
                RunSpec.Output.into(""),
                "",
                RunSpec.Attempts.one(1));
        report.listening(agent).start(new NodeJob(run, node, "node"), others::add);
        return agent;
    }

    private BenchReport report(Cluster cluster) {
        BenchTable printed = new BenchTable(
                new PrintStream(table, true, StandardCharsets.UTF_8),
                TestOptions.of(BenchOp.ALL_GATHER, BenchType.FP32, cluster.worldSize()),
                cluster,
                "witan");
        return new BenchReport(printed, new PrintWriter(json), cluster.nodes().size(), cluster.worldSize());
    }

    private static BenchRow row(String op, long wrong, BenchRow.Sparse sparse, BenchRow.Network network) {
        return new BenchRow(
                op, 64, 8, 2, 1, "fp32", false, "shared", "spin", "tokens", 9, 1.5, 2, 3, 4, 5, wrong, null, sparse,
                network);
    }

    @Test
    void aWrongElementIsCounted() {
        BenchReport report = report(Cluster.local(2));
        Agent agent = listening(report, 0);
        agent.row(row("all_gather", 0, null, null));
        agent.row(row("all_gather", BenchRow.UNCHECKED, null, null));
        assertThat(report.wrong()).isZero();
        agent.row(row("all_gather", 3, null, null));
        assertThat(report.wrong()).isEqualTo(3);
        assertThat(table.toString(StandardCharsets.UTF_8).lines()).hasSize(3);
    }

    @Test
    void aRowIsPrintedWhenAllNodesHaveItWithTheirCountsTogether() {
        BenchReport report = report(BenchHosts.cluster(List.of("a", "b"), 1, 5000, _ -> false));
        Agent a = listening(report, 0);
        Agent b = listening(report, 1);
        a.row(row("reduce", 0, null, new BenchRow.Network(0.5, 1L, 2L, 3L)));
        a.row(row("all_reduce", 0, null, new BenchRow.Network(0.5, 0L, 0L, 0L)));
        assertThat(json.toString()).isEmpty();
        b.row(row("reduce", 0, null, new BenchRow.Network(0.5, 10L, 20L, 30L)));
        BenchRow printed = BenchRow.fromJson(json.toString().strip());
        assertThat(printed.op()).isEqualTo("reduce");
        assertThat(printed.network()).isEqualTo(new BenchRow.Network(0.5, 11L, 22L, 33L));
    }

    @Test
    void theHeaderNamesTheLane() {
        BenchTable printed = new BenchTable(
                new PrintStream(table, true, StandardCharsets.UTF_8),
                TestOptions.of(BenchOp.ALL_GATHER, BenchType.FP32, 1, BenchLane.GRADIENTS),
                Cluster.local(1),
                "witan");
        printed.header(List.of(new RankFacts(0, 1, "0", "machine", "-Xbatch")));
        assertThat(table.toString(StandardCharsets.UTF_8)).contains("; lane gradients; idle backoff");
    }

    @Test
    void whatIsNoResultGoesOn() {
        Agent agent = listening(report(Cluster.local(2)), 0);
        AgentEvent exited = new AgentEvent.Exited(1, 0, 0);
        agent.events.accept(exited);
        assertThat(others).containsExactly(exited);
        assertThat(table.size()).isZero();
    }

    @Test
    void aRowSaysOnlyWhatItHas() {
        BenchRow plain = row("reduce", 0, null, null);
        assertThat(plain.toJson()).doesNotContain("planned", "dropped", "limit", "null");
        assertThat(BenchRow.fromJson(plain.toJson())).isEqualTo(plain);
        BenchRow sparse = row("sparse_all_gather", 0, new BenchRow.Sparse(8L, 8L, 0L, 0.25, 100.0, 48.75, true), null);
        assertThat(sparse.toJson())
                .contains(
                        "\"planned_bytes\":8",
                        "\"moved_bytes\":8",
                        "\"in_place_bytes\":0",
                        "\"s\":0.25",
                        "\"dense_us\":100.0",
                        "\"bound_us\":48.75",
                        "\"within_bound\":true");
        assertThat(BenchRow.fromJson(sparse.toJson())).isEqualTo(sparse);
    }
}
