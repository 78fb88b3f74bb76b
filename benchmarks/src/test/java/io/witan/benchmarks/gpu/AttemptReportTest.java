package io.witan.benchmarks.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.benchmarks.gpu.Rows.Row;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AttemptReportTest {
    private static Row timed(String operation, double microseconds) {
        return new Row("witan", "experts 1", operation, microseconds, 1, 0, "");
    }

    private static Row noted(String operation, String note) {
        return new Row("witan", "experts 1", operation, Double.NaN, 0, 0, note);
    }

    @Test
    void theLeastMedianCountsAndAWrongResultIsSaid() {
        Map<String, List<Row>> attempts = new LinkedHashMap<>();
        attempts.put("01-a", List.of(timed("forward", 60), timed("forward", 50), noted("backward", "wrong: by 2")));
        attempts.put("02-b", List.of(timed("forward", 200)));
        List<Row> jar = List.of(timed("forward", 120), timed("backward", 10), timed("forward", 100));
        assertThat(AttemptReport.table(jar, attempts).lines())
                .containsExactly(
                        "| shape | operation | jar, us | 01-a, us | times as fast | 02-b, us | times as fast |",
                        "|---|---|--:|--:|--:|--:|--:|",
                        "| experts 1 | forward | 100.0 | 50.0 | 2.00 | 200.0 | 0.50 |",
                        "| experts 1 | backward | 10.0 | wrong: by 2 | | not timed | |");
    }
}
