package io.witan.benchmarks.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.launcher.exit.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The real program with real rank processes on this machine. */
final class BenchIT {
    private static final int TIMEOUT_SECONDS = 60;

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "shared, fp32, parameters",
        "aeron, fp32, tokens",
        "shared, bf16, gradients",
        "shared, bytes, parameters"
    })
    void twoProcessesRunAllOperationsWithoutAWrongElement(String transport, String type, String lane) throws Exception {
        String words = "--ranks 2 --min 8 --max 64K --factor 128 --iters 5 --warmup 2 --skew zipf:1 --sparsity 0.5"
                + " --experts 6 --in-place --tokens 16 --limits --dense --transport " + transport + " --dtype " + type
                + " --lane " + lane
                + " --json " + folder.resolve("rows.jsonl");
        try (BenchProcess bench = BenchProcess.start(folder, words.split(" "))) {
            assertThat(bench.exitCode()).as(bench.errors()).isZero();
            assertThat(bench.output())
                    .contains(
                            "# JVM flags ",
                            " -Xmx512m ",
                            "# rank 1 pid",
                            "b+=a(us)",
                            "tokens",
                            "#wrong",
                            "bound",
                            "; lane " + lane);
            assertThat(bench.left()).isEmpty();
            assertThat(bench.temporary()).isEmpty();
        }
        List<BenchRow> rows = rows();
        assertThat(rows.stream().map(BenchRow::op).distinct())
                .containsExactlyElementsOf(Arrays.stream(BenchOp.values())
                        .filter(op -> op.takes(BenchType.of(type)))
                        .map(BenchOp::label)
                        .toList());
        assertThat(rows).allSatisfy(row -> {
            assertThat(row.wrong()).isZero();
            assertThat(row.iters()).isEqualTo(5);
            assertThat(row.transport()).isEqualTo(transport);
            assertThat(row.dtype()).isEqualTo(type);
            assertThat(row.lane()).isEqualTo(lane);
            assertThat(row.p50Us()).isPositive().isLessThanOrEqualTo(row.maxUs());
            assertThat(row.limitUs() == null).isEqualTo(row.op().equals("barrier") || copiesNothing(row));
            assertThat(row.network()).isNull();
        });
        assertThat(rows.stream().filter(row -> row.op().equals("all_gather")).map(BenchRow::inPlace))
                .contains(true, false);
        assertThat(rows.stream().filter(row -> row.op().startsWith("sparse")))
                .isNotEmpty()
                .allSatisfy(row -> {
                    // Three of six experts are copied, two of those are rank 0's: rank 1 gets two of the three it
                    // lacks.
                    assertThat(row.sparse().plannedBytes()).isEqualTo(row.bytes() / 2);
                    assertThat(row.sparse().movedBytes()).isEqualTo(row.sparse().plannedBytes());
                    assertThat(row.sparse().boundUs())
                            .isEqualTo(1.15 * row.sparse().s() * row.sparse().denseUs() + 20);
                });
        assertThat(rows.stream().filter(row -> row.op().equals("sparse_all_gather_in_place")))
                .isNotEmpty()
                .allSatisfy(row -> assertThat(row.sparse().inPlaceBytes())
                        .isEqualTo(transport.equals("shared") ? row.sparse().plannedBytes() : 0));
    }

    private static boolean copiesNothing(BenchRow row) {
        return row.op().equals("sparse_all_gather_in_place") && row.transport().equals("shared");
    }

    @Test
    void rowsThatADiskCannotTakeEndTheRunWithOneLine() throws Exception {
        String words = "--op barrier --iters 3 --warmup 1 --json /dev/full";
        try (BenchProcess bench = BenchProcess.start(folder, words.split(" "))) {
            assertThat(bench.exitCode()).isEqualTo(ExitCode.OUTPUT.code());
            assertThat(bench.errors()).contains("--json /dev/full: rows could not be written; is the disk full?");
        }
    }

    @Test
    void oneProcessNeedsNoTransport() throws Exception {
        try (BenchProcess bench = BenchProcess.start(
                folder, "--ranks", "1", "--max", "64", "--iters", "2", "--limits", "--factor", "8")) {
            assertThat(bench.exitCode()).as(bench.errors()).isZero();
            assertThat(bench.left()).isEmpty();
            assertThat(bench.temporary()).isEmpty();
        }
    }

    @Test
    void aKilledRankEndsTheBenchWithALineThatNamesIt() throws Exception {
        try (BenchProcess bench = endless()) {
            bench.rank(1).destroyForcibly();
            assertThat(bench.exitCode()).isNotZero();
            assertThat(bench.errors()).contains("rank 1 on node local failed first: killed by SIGKILL");
            assertThat(bench.left()).isEmpty();
        }
    }

    @Test
    void noRankOutlivesAKilledBench() throws Exception {
        try (BenchProcess bench = endless()) {
            ProcessHandle rank = bench.rank(1);
            bench.process().destroyForcibly();
            rank.onExit().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Test
    void aSignalEndsTheBenchAndLeavesNothing() throws Exception {
        try (BenchProcess bench = endless()) {
            bench.rank(1);
            bench.process().toHandle().destroy();
            assertThat(bench.exitCode()).isEqualTo(143);
            assertThat(bench.left()).isEmpty();
            assertThat(bench.temporary()).isEmpty();
        }
    }

    private BenchProcess endless() throws Exception {
        return BenchProcess.start(
                folder, "--op", "all_gather", "--max", "8", "--iters", "1000000", "--seconds-per-line", "100");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--op all_scatter | unknown operation \"all_scatter\"; allowed are all, barrier",
                "--min 64 --max 8 | --min 64 is more than --max 8",
                "--ranks 0 | --ranks 0 is less than 1",
                "--ranks 300 | ranks in all 300 is not in 1..256",
                "--sparsity 2 | --sparsity 2.0 is not in (0, 1]",
                "--skew hot | --skew hot: allowed are equal and zipf:EXPONENT",
                "--transport tcp | --transport tcp: allowed are shared and aeron",
                "--lane express | --lane express: allowed are tokens, node, parameters, gradients",
                "--op sparse_all_gather_in_place --experts 1 --max 2G | --max with --experts 1: experts of 2147483648 B;",
                "--dtype fp64 | --dtype fp64: allowed are fp32, bf16, bytes",
                "--dtype bytes --op all_reduce | --dtype bytes: all_reduce adds, and takes fp32 and bf16 only",
                "--dtype bf16 --op sparse_reduce_scatter | sparse_reduce_scatter adds, and takes fp32 only",
                "--loss 0.1 | --loss 0.1: datagrams are sent between hosts only, and there is one",
                "--loss 1 --hosts a,b | --loss 1.0 is not a share in [0, 1)",
                "--limits --hosts a,b | --limits: measures the memory of one host, there are 2",
                "--hosts a,-b | --hosts: \"-b\" is no host",
                "--hosts a --cluster c.yaml | --cluster excludes --hosts, --ranks and --port",
                "--idle never | Invalid value for option '--idle'",
                "--max 64Q | \"64Q\" is no size"
            })
    void badInputIsOneLine(String words, String line) throws Exception {
        try (BenchProcess bench = BenchProcess.start(folder, words.split(" "))) {
            assertThat(bench.exitCode()).isEqualTo(ExitCode.USAGE.code());
            assertThat(bench.errors().lines()).hasSize(1).first().asString().contains(line);
        }
    }

    private List<BenchRow> rows() throws Exception {
        return Files.readAllLines(folder.resolve("rows.jsonl")).stream()
                .map(BenchRow::fromJson)
                .toList();
    }
}
