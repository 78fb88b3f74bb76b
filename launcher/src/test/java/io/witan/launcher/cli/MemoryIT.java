package io.witan.launcher.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.launcher.LauncherProcess;
import io.witan.launcher.process.JvmSettings;
import io.witan.runtime.memory.MemoryParts;
import io.witan.runtime.memory.MemoryReport;
import io.witan.runtime.metrics.MemoryMetrics;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The parts of memory against what the kernel says of the ranks' processes, with a model that is larger than the tolerance. */
final class MemoryIT {
    private static final int STEPS = 6;
    /** After the first five steps, and at the end. */
    private static final List<Long> MEASURED = List.of(5L, (long) STEPS);

    private static final long LEAST_BYTES = 600_000_000;

    /** The optimizer's loop over 22 million parameters is too slow otherwise. */
    private static final String FULL_COMPILATION = "";

    @TempDir
    Path folder;

    private List<MemoryMetrics> train(int ranks) throws Exception {
        List<String> command = Witan.java("-D" + JvmSettings.HOME_PROPERTY + "=" + LauncherProcess.root());
        command.addAll(List.of("train", "--recipe", "peer", "--ranks", Integer.toString(ranks), "--threads", "1"));
        command.addAll(Witan.settings("model.seq_len=32", "train.global_batch=4", "train.steps=" + STEPS));
        command.addAll(List.of("--out", "o"));
        Map<String, String> environment = Map.of(
                "WITAN_SHM_DIR", folder.resolve("shm").toString(), JvmSettings.OPTIONS_VARIABLE, FULL_COMPILATION);
        try (LauncherProcess run = LauncherProcess.run(folder, environment, command)) {
            assertThat(run.exitCode()).as("%s %s", run.out(), run.err()).isZero();
            assertThat(run.out())
                    .anyMatch(line -> line.startsWith("local:0: memory, MB  parameters  gradients "))
                    .anyMatch(line -> line.startsWith("memory, MB  parameters  gradients "))
                    .anyMatch(line -> line.startsWith("rank 0 "));
        }
        List<MemoryMetrics> told = Witan.metrics(folder.resolve("o")).memories();
        assertThat(told).extracting(MemoryMetrics::step).hasSameElementsAs(MEASURED);
        assertThat(told).hasSize(MEASURED.size() * ranks);
        assertThat(told).allSatisfy(line -> {
            MemoryReport report = line.report();
            assertThat(report.parts().sum()).isGreaterThan(LEAST_BYTES);
            assertThat(report.isExplained()).as("%s", report).isTrue();
            assertThat(withoutOptimizerAndJvm(report).isExplained())
                    .as("parts that are missing are noticed")
                    .isFalse();
        });
        return told;
    }

    private static MemoryReport withoutOptimizerAndJvm(MemoryReport report) {
        MemoryParts parts = report.parts();
        return new MemoryReport(
                report.rank(),
                new MemoryParts(
                        parts.parameters(),
                        parts.gradients(),
                        0,
                        parts.activations(),
                        parts.scratch(),
                        parts.transport(),
                        0),
                report.copies(),
                report.resident());
    }

    @Test
    void theMemoryOfOneRankIsExplained() throws Exception {
        MemoryParts parts = train(1).getLast().report().parts();
        assertThat(parts.optimizer()).isEqualTo(2 * parts.parameters());
        assertThat(parts.gradients()).as("of all experts, as one rank owns all").isEqualTo(parts.parameters() / 2);
        assertThat(parts.transport()).isZero();
    }

    @Test
    void theMemoryOfTwoRanksIsExplained() throws Exception {
        List<MemoryMetrics> told = train(2);
        assertThat(told).extracting(line -> line.report().rank()).containsExactly(0, 1, 0, 1);
        assertThat(told).allSatisfy(line -> assertThat(line.report().parts().transport())
                .as("rings, and the other rank's gradients and experts, read in place")
                .isBetween(20_000_000L, 300_000_000L));
    }
}
