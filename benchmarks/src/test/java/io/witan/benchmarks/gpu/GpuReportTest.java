package io.witan.benchmarks.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.benchmarks.gpu.Rows.Row;
import java.util.List;
import org.junit.jupiter.api.Test;

class GpuReportTest {
    @Test
    void peersStandBesideWitan() {
        String text = new GpuReport(List.of(
                        new Row("witan", "copy 10", "copy", 2, 0, 2e6, ""),
                        new Row("torch", "square 8", "dense product", 1, 800e6, 0, ""),
                        new Row("witan", "experts 1", "forward", 2, 800e6, 0, ""),
                        new Row("torch", "experts 1", "forward", 3, 800e6, 0, ""),
                        new Row("triton", "experts 1", "forward", 1, 800e6, 0, ""),
                        new Row("witan", "rows 1", "permute", 4, 0, 2e6, ""),
                        new Row("torch", "experts 1", "weight gradient", Double.NaN, 0, 0, "not executed: why")))
                .text();
        assertThat(text)
                .contains("| copy 10 | witan | 2.0 | 1000 GB/s |\n")
                .contains("| square 8 | torch | 1.0 | 800.0 TFLOP/s |\n")
                .contains("| experts 1 | forward | 2.0 | 400.0 | 0.50 | 3.0 | 1.50 | | | 1.0 | 0.50 |\n")
                .contains("| rows 1 | permute | 4.0 | 500 | 0.50 |\n")
                .contains("- torch, experts 1, weight gradient: not executed: why\n");
    }

    @Test
    void withoutRowsTheTablesAreEmpty() {
        assertThat(new GpuReport(List.of()).text()).doesNotContain("NaN").doesNotContain("Not timed");
    }
}
