package io.witan.benchmarks.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code benchmarks/gpu/run.sh} beside an unpacked archive: one of programs that only end as they are told, and the real one. */
class GpuRunIT {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final int TIMEOUT_SECONDS = 900;

    @TempDir
    Path folder;

    private Path pack;
    private Path results;
    private final List<String> output = new ArrayList<>();

    @BeforeEach
    void layOut() throws IOException {
        pack = Files.createDirectories(folder.resolve("witan-gpu"));
        results = folder.resolve("results");
        Path gpu = Files.createDirectories(pack.resolve("benchmarks/gpu"));
        Files.copy(ROOT.resolve("benchmarks/gpu/run.sh"), folder.resolve("run.sh"));
        for (String name : List.of("shapes.txt", "shapes-smoke.txt", "torch_peers.py")) {
            Files.copy(ROOT.resolve("benchmarks/gpu").resolve(name), gpu.resolve(name));
        }
        Files.createDirectories(pack.resolve("bin"));
        Files.writeString(pack.resolve("built.txt"), "a commit\nnvcc 1\n");
    }

    private void script(String name, String text) throws IOException {
        Path file = pack.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + text + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private int run(Path libraries, String... arguments) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of("/bin/bash", folder.resolve("run.sh").toString()));
        command.addAll(List.of(arguments));
        command.add(results.toString());
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile());
        builder.environment().put("LD_LIBRARY_PATH", libraries.toString());
        builder.environment().put("PYTHON", "no-python");
        Process process = builder.start();
        assertThat(process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
        output.addAll(Files.readAllLines(folder.resolve("output")));
        return process.exitValue();
    }

    private String report() throws IOException {
        return Files.readString(results.resolve("report.md"));
    }

    /** A folder with a file of the driver's name that nobody loads. */
    private Path aDriver() throws IOException {
        Path libraries = Files.createDirectories(folder.resolve("libraries"));
        Files.writeString(libraries.resolve("libcuda.so.1"), "");
        return libraries;
    }

    @Test
    void withoutADriverNothingIsExecutedAndTheReportSaysSo() throws Exception {
        assumeTrue(!Files.exists(Path.of("/usr/lib/x86_64-linux-gnu/libcuda.so.1")), "a driver is there");
        assertThat(run(folder)).isEqualTo(3);
        assertThat(output).contains("machine: executed", "training: not executed: no NVIDIA driver");
        assertThat(report())
                .contains("Built: a commit, nvcc 1.")
                .contains("| twins | not executed: no NVIDIA driver |")
                .contains("libcuda.so.1: not found");
        assertThat(results).isDirectoryContaining("glob:**/logs.tar.gz");
    }

    @Test
    void eachPartsFailureIsToldAndTheNextRuns() throws Exception {
        script("bin/witan", "case $* in *bench*) echo a wrong sum; exit 9 ;; *--ranks\\ 2*) sleep 60 ;; esac; exit 4");
        script(
                "java/bin/java",
                "case $* in *ConsoleLauncher*) echo '[  3 tests successful  ]'; echo '| +-- adds() [X] off'; exit 1 ;; esac");
        assertThat(run(aDriver(), "--limit", "training=20", "--only", "machine,twins,timings,peers,training"))
                .isEqualTo(9);
        assertThat(report())
                .contains("| machine | FAILED: a result is wrong |")
                .contains("| twins | FAILED: a result is wrong |")
                .contains("3 tests successful")
                .contains("- adds() [X] off")
                .contains("| timings | FAILED: a result is wrong |")
                .contains("| peers | not executed: no no-python |")
                .contains("| training | FAILED: exit code 4, see logs/training.txt |")
                .contains("| ranks | not executed: not asked for |");
    }

    @Test
    void aPartThatHangsIsEnded() throws Exception {
        script("bin/witan", "sleep 60");
        script("java/bin/java", "exit 0");
        assertThat(run(aDriver(), "--only", "ranks", "--limit", "ranks=1")).isEqualTo(1);
        assertThat(report()).contains("| ranks | FAILED: not ready after 1 s |");
    }

    @Test
    void onTheStandInAllIsTimedAndNothingIsCalledAGpus() throws Exception {
        Path shim = ROOT.resolve("kernels/target/shim");
        assumeTrue(Files.exists(shim.resolve("libcuda.so.1")), "no stand-in for the driver was built");
        for (String name : List.of("witan", "find-jdk", "jvm.options")) {
            Files.copy(ROOT.resolve("bin").resolve(name), pack.resolve("bin").resolve(name));
        }
        Files.createSymbolicLink(pack.resolve("java"), Path.of(System.getProperty("java.home")));
        for (String module : List.of("launcher", "benchmarks")) {
            Path target = ROOT.resolve(module).resolve("target");
            Files.createSymbolicLink(
                    Files.createDirectories(pack.resolve(module)).resolve("target"), target);
        }
        Files.createDirectories(pack.resolve("laboratory/01-none"));
        assertThat(run(
                        shim,
                        "--smoke",
                        "--only",
                        "machine,timings,laboratory",
                        "--limit",
                        "machine=300",
                        "--limit",
                        "timings=300",
                        "--limit",
                        "laboratory=300"))
                .as(output.toString())
                .isZero();
        assertThat(report())
                .contains("nothing here is a figure of a GPU")
                .contains("| timings | executed |")
                .contains("| laboratory | executed |")
                .contains("| shape | operation | jar, us | 01-none, us | times as fast |")
                .contains("| experts 64 136 3 50 zipf:1.2 | forward and SwiGLU |")
                .contains("| rows 64 48 96 | AdamW |")
                .doesNotContain("Not timed");
    }
}
