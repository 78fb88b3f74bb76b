package io.witan.benchmarks.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.runtime.metrics.MetricsLog;
import io.witan.runtime.metrics.PhaseMetrics;
import io.witan.runtime.metrics.ValidationMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareQualityTest {
    @TempDir
    Path folder;

    private Path write(String run, double loss, String measures) throws IOException {
        Path to = Files.createDirectories(folder.resolve(run));
        try (MetricsLog log = MetricsLog.create(to.resolve("metrics.jsonl"))) {
            log.append(new PhaseMetrics(1, "first", 1, 4));
            log.append(new ValidationMetrics(2, 9, Double.NaN));
            log.append(new ValidationMetrics(4, loss, Double.NaN));
            log.append(new PhaseMetrics(5, "second", 2, 4));
            log.append(new ValidationMetrics(8, 2 * loss, Double.NaN));
        }
        Files.writeString(to.resolve("report.json"), "{\"measures\": [" + measures + "], \"expert_loads\": []}");
        return to;
    }

    private static String accuracy(double value) {
        return "{\"name\": \"choice\", \"rows\": 40, \"accuracy\": {\"value\": " + value
                + ", \"low\": 0, \"high\": 1}}";
    }

    @Test
    void shouldSetSidesBesideEachOtherSeedBySeed() throws IOException {
        List<List<SequencedMap<String, Double>>> runs = new ArrayList<>();
        for (String side : List.of("a", "b")) {
            double more = side.equals("a") ? 0.25 : 0;
            runs.add(List.of(
                    RunFigures.read(write(side + ".1", 3, accuracy(0.5 + more))),
                    RunFigures.read(write(side + ".2", 4, accuracy(0.25 + 2 * more)))));
        }
        assertThat(CompareQuality.table(List.of("a", "b"), runs).lines())
                .containsExactly(
                        "| figure | a | b | a less b |",
                        "|---|--:|--:|--:|",
                        // 12.7062 standard errors to either side: Student's t of one degree of freedom.
                        "| validation loss, first | 3.500 [-2.853, 9.853] | 3.500 [-2.853, 9.853] | +0.000 [+0.000, +0.000] |",
                        "| validation loss, second | 7.000 [-5.706, 19.706] | 7.000 [-5.706, 19.706] | +0.000 [+0.000, +0.000] |",
                        "| choice, 40 rows: accuracy | 0.750 [0.750, 0.750] | 0.375 [-1.213, 1.963] | +0.375 [-1.213, +1.963] |");
    }

    @Test
    void shouldReadHowManyPairsRewardModelsOrder() throws IOException {
        Path run = write("a.1", 3, "");
        Files.delete(run.resolve("report.json"));
        Files.writeString(
                run.resolve("reward.json"),
                """
                {"models": {"experts": {"all": {"share": 0.75}, "tied": 0}, "dense": {"all": {"share": 0.5}, "tied": 3}}}
                """);
        assertThat(RunFigures.read(run))
                .containsEntry("experts", 0.75)
                .containsEntry("dense", 0.5)
                .containsEntry("experts less dense", 0.25)
                .containsEntry("dense, tied pairs", 3.0);
    }

    @Test
    void shouldRefuseRunsThatMeasuredOtherThings() throws IOException {
        SequencedMap<String, Double> full = RunFigures.read(write("a.1", 3, accuracy(0.5)));
        SequencedMap<String, Double> empty = RunFigures.read(write("b.1", 3, ""));
        assertThatThrownBy(() -> CompareQuality.table(List.of("a", "b"), List.of(List.of(full), List.of(empty))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a run of b has no figure \"choice, 40 rows: accuracy\"");
        Path broken = write("c.1", 3, "");
        Files.writeString(broken.resolve("report.json"), "{");
        assertThatThrownBy(() -> RunFigures.read(broken))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(broken.resolve("report.json") + ": is no report");
    }
}
