package io.witan.benchmarks.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.launcher.agent.JvmSettings;
import io.witan.launcher.exit.ExitCode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The real program with real rank processes. */
final class BenchIT {
    private static final int TIMEOUT_SECONDS = 120;

    @TempDir
    Path folder;

    private Path shared;

    @BeforeEach
    void makeSharedFolder() throws IOException {
        shared = Files.createDirectory(folder.resolve("shm"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"shared", "aeron"})
    void twoProcessesRunAllOperationsWithoutAWrongElement(String transport) throws Exception {
        Path json = folder.resolve("rows.jsonl");
        Process bench = start(
                ("--ranks 2 --min 8 --max 64K --factor 128 --iters 5 --warmup 2 --skew zipf:1 --sparsity 0.5 --experts 6"
                                + " --in-place --tokens 16 --transport " + transport + " --json " + json)
                        .split(" "));
        end(bench);
        assertThat(bench.exitValue()).as(errors()).isZero();

        List<BenchRow> rows =
                Files.readAllLines(json).stream().map(BenchRow::fromJson).toList();
        assertThat(rows.stream().map(BenchRow::op).distinct())
                .containsExactlyElementsOf(
                        Arrays.stream(BenchOp.values()).map(BenchOp::label).toList());
        assertThat(rows).allSatisfy(row -> {
            assertThat(row.wrong()).isZero();
            assertThat(row.iters()).isEqualTo(5);
            assertThat(row.transport()).isEqualTo(transport);
            assertThat(row.p50Us()).isPositive().isLessThanOrEqualTo(row.maxUs());
        });
        assertThat(rows.stream().filter(row -> row.op().equals("all_gather")).map(BenchRow::inPlace))
                .contains(true, false);
        assertThat(Files.readString(folder.resolve("out"))).contains("# rank 1 pid", "tokens", "#wrong");
        assertThat(left()).isEmpty();
    }

    @Test
    void aKilledRankEndsTheBenchWithALineThatNamesIt() throws Exception {
        Process bench = start("--op", "all_gather", "--max", "8", "--iters", "1000000", "--seconds-per-line", "100");
        try (BufferedReader out = tail(bench)) {
            String line = out.readLine();
            while (!line.startsWith("# rank 1 pid")) {
                line = out.readLine();
            }
            long pid = Long.parseLong(line.substring(line.lastIndexOf(' ') + 1));
            ProcessHandle.of(pid).orElseThrow().destroyForcibly();
            end(bench);
        }
        assertThat(bench.exitValue()).isNotZero();
        assertThat(errors()).contains("rank 1 (pid", "killed by SIGKILL");
        assertThat(left()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--op all_scatter | unknown operation \"all_scatter\"; allowed are all, barrier",
                "--min 64 --max 8 | --min 64 is more than --max 8",
                "--ranks 0 | --ranks 0 is not in 1..256",
                "--sparsity 2 | --sparsity 2.0 is not in (0, 1]",
                "--skew hot | --skew hot: allowed are equal and zipf:EXPONENT",
                "--transport tcp | --transport tcp: allowed are shared and aeron",
                "--dtype fp64 | --dtype fp64: allowed is fp32",
                "--idle never | Invalid value for option '--idle'",
                "--max 64Q | \"64Q\" is no size"
            })
    void badInputIsOneLine(String words, String line) throws Exception {
        Process bench = start(words.split(" "));
        end(bench);
        assertThat(bench.exitValue()).isEqualTo(ExitCode.USAGE.code());
        assertThat(errors().lines()).hasSize(1).first().asString().contains(line);
    }

    private Process start(String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + root().resolve("bin/jvm.options"),
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "-D" + JvmSettings.HOME_PROPERTY + "=" + root(),
                "-cp",
                System.getProperty("java.class.path"),
                BenchMain.class.getName(),
                "collectives"));
        command.addAll(List.of(words));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectError(folder.resolve("err").toFile());
        builder.environment().put("WITAN_SHM_DIR", shared.toString());
        boolean piped = Arrays.asList(words).contains("1000000");
        return (piped ? builder : builder.redirectOutput(folder.resolve("out").toFile())).start();
    }

    private static BufferedReader tail(Process bench) {
        return bench.inputReader(StandardCharsets.UTF_8);
    }

    private void end(Process bench) throws Exception {
        if (!bench.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            bench.descendants().forEach(ProcessHandle::destroyForcibly);
            bench.destroyForcibly();
            throw new AssertionError("still running after " + TIMEOUT_SECONDS + " s: " + errors());
        }
    }

    /** Without the JVM's own notes. */
    private String errors() throws IOException {
        return String.join(
                "\n",
                Files.readAllLines(folder.resolve("err")).stream()
                        .filter(line -> !line.startsWith("WARNING: Using incubator modules"))
                        .toList());
    }

    private List<Path> left() throws IOException {
        try (Stream<Path> files = Files.list(shared)) {
            return files.toList();
        }
    }

    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("bin/jvm.options"))) {
            folder = folder.getParent();
        }
        return folder;
    }
}
