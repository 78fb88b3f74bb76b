package io.witan.runtime.metrics;

import io.witan.fuzz.Fuzz;
import io.witan.fuzz.Mutations;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Damaged lines of metrics: refused in one line, passed over as of an unknown kind, or they come back as they went. */
class MetricsFuzzTest {
    private static final Fuzz.Limit LIMIT = new Fuzz.Limit(128 << 10, 200);
    private static final String[] FRAGMENTS = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "null",
        "-1",
        "1.5",
        "2147483648",
        "9223372036854775808",
        "\"NaN\"",
        "{\"a\":1}",
        "\"expert_load\":",
        "\"placement\":",
        "\"phase\":\"p\",",
        "\"task\":\"t\",",
        "\"val_loss\":1,",
        "\"top_k\":1e9,",
        "[[[["
    };
    private static final List<MetricsLine> LINES = List.of(
            new StepMetrics(3, 1.5, 1, 1e-3, 100, 2, 1.1, StepMetrics.Bytes.NONE, false, StepMetrics.noExtra()),
            new ValidationMetrics(3, 0.5, 0.4),
            new LoadMetrics(3, 2, new long[][] {{3, 1}, {2, 2}}),
            new PlacementMetrics(
                    3, List.of(new PlacementMetrics.LayerPlacement(0, List.of(List.of(0), List.of(1, 0))))),
            new TaskMetrics(3, "sums", 1.5, 10, new long[][] {{1, 2}}),
            new TaskValidationMetrics(3, "sums", 0.5),
            new PhaseMetrics(3, "experts", 2, 40));

    @Test
    void linesAreReadOrRefused() {
        Fuzz.texts("metrics", 300_000, LIMIT, MetricsFuzzTest::input, line -> {
            Optional<MetricsLine> read;
            try {
                read = MetricsJson.read(MetricsJson.object(line));
            } catch (IllegalArgumentException refusal) {
                if (refusal.getMessage().contains("\n")) {
                    throw new AssertionError("refused with: " + refusal.getMessage());
                }
                return false;
            }
            read.ifPresent(MetricsFuzzTest::requireComesBack);
            return read.isPresent();
        });
    }

    private static void requireComesBack(MetricsLine line) {
        String text = MetricsJson.write(line);
        String again =
                MetricsJson.write(MetricsJson.read(MetricsJson.object(text)).orElseThrow());
        if (!again.equals(text)) {
            throw new AssertionError(text + " came back as " + again);
        }
    }

    private static String input(SplittableRandom random) {
        String line = MetricsJson.write(LINES.get(random.nextInt(LINES.size())));
        return random.nextInt(8) == 0 ? line : new Mutations(random, FRAGMENTS).damaged(line);
    }
}
