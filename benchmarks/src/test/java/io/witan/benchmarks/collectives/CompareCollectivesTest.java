package io.witan.benchmarks.collectives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.benchmarks.collectives.CompareCollectives.Key;
import io.witan.benchmarks.collectives.CompareCollectives.Line;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CompareCollectivesTest {
    private static final Key KEY = new Key("all_gather", false, 1024);
    private static final Key ONLY_OURS = new Key("barrier", true, 0);

    @Test
    void ratiosArePairedBeforeTheirMedianIsTaken() {
        List<Line> lines = CompareCollectives.compare(
                List.of(Map.of(KEY, 10.0), Map.of(KEY, 40.0), Map.of(KEY, 30.0)),
                List.of(Map.of(KEY, 20.0), Map.of(KEY, 10.0), Map.of(KEY, 30.0)));
        assertThat(lines).containsExactly(new Line(KEY, 3, 30, 20, 1, 0.5, 4));
    }

    @Test
    void linesOfOneSideAreLeftOut() {
        assertThat(CompareCollectives.compare(List.of(Map.of(ONLY_OURS, 1.0)), List.of(Map.of(KEY, 1.0))))
                .isEmpty();
    }

    @Test
    void theFasterOfTheRivalsCounts() {
        assertThat(CompareCollectives.faster(Map.of(KEY, 3.0), Map.of(KEY, 2.0)))
                .containsEntry(KEY, 2.0);
        assertThat(CompareCollectives.faster(Map.of(), Map.of(KEY, 2.0))).containsEntry(KEY, 2.0);
    }

    @Test
    void rowsComeBackFromJson() {
        BenchRow row = new BenchRow(
                "all_gather", 1024, 128, 2, 1, "fp32", true, "shared", "spin", 99, 1.5, 2.5, 3.5, 0.7, 0.35, 0);
        assertThat(row.toJson())
                .contains("\"in_place\":true", "\"p50_us\":1.5", "\"algbw_gbs\":0.7", "\"busbw_gbs\":0.35");
        assertThat(BenchRow.fromJson(row.toJson())).isEqualTo(row);
        assertThatThrownBy(() -> BenchRow.fromJson("{")).hasMessageContaining("not a row");
    }
}
