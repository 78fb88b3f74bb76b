package io.witan.benchmarks.policies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.runtime.fssdp.CopyMemory;
import io.witan.runtime.memory.MemoryParts;
import io.witan.runtime.memory.MemoryReport;
import io.witan.runtime.memory.ResidentSize;
import io.witan.runtime.metrics.MemoryMetrics;
import io.witan.runtime.metrics.MetricsLog;
import io.witan.runtime.metrics.StepMetrics;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparePoliciesTest {
    private static final int STEPS = 16;

    @TempDir
    Path folder;

    /** A run whose steps take {@code ms} in the second half, and a second each in the first. */
    private void write(String side, int round, double ms, double imbalance, double loss) {
        try (MetricsLog log = MetricsLog.create(folder.resolve(side + "." + round + ".jsonl"))) {
            for (int step = 1; step <= STEPS; step++) {
                double took = step <= STEPS / 2 ? 1000 : ms;
                log.append(new StepMetrics(
                        step,
                        loss / step,
                        1,
                        0.1,
                        2_000_000 / took,
                        took,
                        imbalance,
                        new StepMetrics.Bytes(4_000_000, 3_000_000, 2_000_000),
                        false,
                        StepMetrics.noExtra()));
            }
            for (int rank = 0; rank < 2; rank++) {
                log.append(new MemoryMetrics(
                        STEPS,
                        new MemoryReport(
                                rank,
                                new MemoryParts(1, 2, 3, 4, 5, 6, 7),
                                new CopyMemory(0, 0, 0),
                                new ResidentSize((rank + 1) * 100_000_000L, 0, 0, 0))));
            }
        }
    }

    @Test
    void shouldTakeRatiosInsideARound() {
        for (int round = 1; round <= 3; round++) {
            write("ep", round, 300 * round, 1.7, 5);
            write("fssdp", round, 200 * round, 1.02, 5);
        }
        PolicyRuns ep = PolicyRuns.read(folder, "ep");
        PolicyRuns fssdp = PolicyRuns.read(folder, "fssdp");

        assertThat(fssdp.runs()).hasSize(3);
        assertThat(fssdp.median(PolicyRuns.Run::residentBytes)).isEqualTo(200_000_000);
        assertThat(fssdp.lossDistance(ep)).isZero();
        assertThat(ComparePolicies.table(ep, List.of(ep, fssdp)))
                .contains(
                        "| ep | 3333 | 1.000 |",
                        "| fssdp | 5000 | 1.500 |",
                        "| 1.02 | 200 | 1.00 | 4.00 | 3.00 | 2.00 |");
        // 0.2 + 0.8 x 1.7
        assertThat(ComparePolicies.bound(0.8, ep, List.of(fssdp))).contains("1.560 times", "fssdp 0.96 of that.");
    }

    @Test
    void shouldSeeLossesThatDiffer() {
        write("ep", 1, 300, 1.7, 5);
        write("fssdp", 1, 200, 1, 5.005);

        assertThat(PolicyRuns.read(folder, "fssdp").lossDistance(PolicyRuns.read(folder, "ep")))
                .isCloseTo(1e-3, within(1e-6));
        write("shadow", 1, 200, 1, Double.MIN_VALUE);
        assertThat(PolicyRuns.read(folder, "shadow").lossDistance(PolicyRuns.read(folder, "ep")))
                .isGreaterThan(0.9);
    }

    @Test
    void shouldRefuseWhatIsNotThere() {
        assertThatThrownBy(() -> PolicyRuns.read(folder, "ep"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no run of side ep in " + folder);
    }
}
