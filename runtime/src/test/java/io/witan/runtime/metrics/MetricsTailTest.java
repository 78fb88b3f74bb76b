package io.witan.runtime.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsTailTest {
    @TempDir
    Path folder;

    private static StepMetrics step(long number) {
        return new StepMetrics(number, 1, 2, 3, 4, 5, 6, StepMetrics.Bytes.NONE, false, StepMetrics.noExtra());
    }

    @Test
    void theLatestOfEachKindCounts() throws IOException {
        Path file = folder.resolve("m.jsonl");
        assertThat(MetricsTail.read(file)).isEqualTo(MetricsTail.NONE);
        RankMetrics ranks = new RankMetrics(3, List.of(new RankMetrics.OfRank(1, 2, 3, 4, 5, 6)));
        ValidationMetrics validation = new ValidationMetrics(2, 0.5, 0.25);
        try (MetricsLog log = MetricsLog.create(file)) {
            List.of(step(1), validation, step(2), ranks, step(3)).forEach(log::append);
        }
        MetricsTail tail = MetricsTail.read(file);
        assertThat(tail.step()).contains(step(3));
        assertThat(tail.validation()).contains(validation);
        assertThat(tail.ranks()).contains(ranks);
        Files.writeString(file, "{\"step\":4,\"lo", StandardOpenOption.APPEND);
        assertThat(MetricsTail.read(file)).isEqualTo(tail);
        Files.writeString(file, "ss\":1}\n", StandardOpenOption.APPEND);
        assertThatThrownBy(() -> MetricsTail.read(file))
                .isInstanceOf(MetricsException.class)
                .hasMessage(file + ": near its end: grad_norm must be a number, got none");
    }

    /** Of a long file only the end is read, which begins in the middle of a line. */
    @Test
    void whatIsFarFromTheEndIsNotKnown() throws IOException {
        Path file = folder.resolve("m.jsonl");
        try (MetricsLog log = MetricsLog.create(file)) {
            log.append(new ValidationMetrics(1, 0.5, 0.25));
            long[][] loads = new long[64][256];
            for (int step = 1; step <= 100; step++) {
                log.append(new LoadMetrics(step, 2, loads));
            }
            log.append(step(100));
        }
        assertThat(Files.size(file)).isGreaterThan(2 << 20);
        assertThat(MetricsTail.read(file).step()).contains(step(100));
        assertThat(MetricsTail.read(file).validation()).isEmpty();
    }
}
