package io.witan.runtime.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.runtime.config.ConfigException;
import io.witan.runtime.metrics.LoadMetrics;
import io.witan.runtime.metrics.MetricsLog;
import io.witan.runtime.routing.RecordedLoads.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordedLoadsTest {
    private static final Shape SHAPE = new Shape(2, 3, 2);

    @TempDir
    Path folder;

    private Path record(LoadMetrics... lines) {
        Path file = folder.resolve("metrics.jsonl");
        try (MetricsLog log = MetricsLog.create(file)) {
            for (LoadMetrics line : lines) {
                log.append(line);
            }
        }
        return file;
    }

    @Test
    void aStepHasItsRecordedSharesAndTheRecordingBeginsAnew() {
        record(
                new LoadMetrics(1, 2, new long[][] {{4, 4, 0}, {2, 3, 3}}),
                new LoadMetrics(2, 2, new long[][] {{1, 1, 2}, {0, 4, 4}}));
        RecordedLoads loads = RecordedLoads.read(folder, SHAPE);

        assertThat(loads.inclusion(1, 0)).containsExactly(1, 1, 0);
        assertThat(loads.inclusion(1, 1)).containsExactly(0.5, 0.75, 0.75);
        assertThat(loads.inclusion(2, 0)).containsExactly(0.5, 0.5, 1);
        assertThat(loads.inclusion(3, 1)).isEqualTo(loads.inclusion(1, 1));
        assertThat(loads.description()).contains("2 steps, again from the first");
    }

    @Test
    void loadsOfShardsAreTakenAsThoseOfTheirExperts() {
        Path file = record(new LoadMetrics(1, 4, 2, new long[][] {{4, 4, 4, 4, 0, 0}, {2, 2, 3, 3, 3, 3}}));
        RecordedLoads loads = RecordedLoads.read(file, SHAPE);

        assertThat(loads.inclusion(1, 0)).containsExactly(1, 1, 0);
        assertThat(loads.inclusion(1, 1)).containsExactly(0.5, 0.75, 0.75);
    }

    @Test
    void expertsThatAreNoShardsAreRefused() {
        Path file = record(new LoadMetrics(1, 4, new long[][] {{4, 4, 4, 4, 0, 0}, {2, 2, 3, 3, 3, 3}}));

        refused(
                () -> RecordedLoads.read(file, SHAPE),
                "2 layers of 6 experts, top 4; this one has 2 layers of 3 experts, top 2");
    }

    @Test
    void anotherModelIsRefused() {
        Path file = record(new LoadMetrics(1, 2, new long[][] {{4, 4, 0}, {2, 3, 3}}));

        refused(
                () -> RecordedLoads.read(file, new Shape(3, 3, 2)),
                "2 layers of 3 experts, top 2; this one has 3 layers");
        refused(
                () -> RecordedLoads.read(file, new Shape(2, 4, 2)),
                "2 layers of 3 experts, top 2; this one has 2 layers of 4");
        refused(
                () -> RecordedLoads.read(file, new Shape(2, 3, 1)),
                "2 layers of 3 experts, top 2; this one has 2 layers of 3 experts, top 1");
    }

    @Test
    void countsThatTheModelCanNotGiveAreRefused() {
        Path file = record(new LoadMetrics(1, LoadMetrics.UNKNOWN_TOP_K, new long[][] {{5, 2, 1}, {2, 3, 3}}));

        refused(
                () -> RecordedLoads.read(file, SHAPE),
                "layer 0: an expert has 5 of 8 assignments, which top 2 can't give");
    }

    @Test
    void brokenRecordingsAreRefused() throws IOException {
        Path file = folder.resolve("metrics.jsonl");
        refused(() -> RecordedLoads.read(file, SHAPE), "no such metrics file");
        refused(() -> RecordedLoads.read(folder, SHAPE), "no such metrics file");
        Files.writeString(file, "{\"step\":1,\"loss\":1");
        refused(() -> RecordedLoads.read(file, SHAPE), "has no line with expert_load");
        Files.writeString(file, "not JSON\n");
        refused(() -> RecordedLoads.read(file, SHAPE), "metrics.jsonl:1: not JSON");
        Files.writeString(file, "{\"step\":2,\"expert_load\":[[1,1,2],[1,1,2]]}\n");
        refused(() -> RecordedLoads.read(file, SHAPE), "step 2 stands where step 1 belongs");
        Files.writeString(file, "{\"step\":1,\"expert_load\":[[1,1,2],[0,0,0]]}\n");
        refused(() -> RecordedLoads.read(file, SHAPE), "step 1, layer 1: is broken");
        Files.writeString(file, "{\"step\":1,\"expert_load\":[[1,1,2],[1,-1,2]]}\n");
        refused(() -> RecordedLoads.read(file, SHAPE), "step 1, layer 1: is broken");
        Files.writeString(file, "{\"step\":1,\"expert_load\":[[1,1,2],[1,1]]}\n");
        refused(() -> RecordedLoads.read(file, SHAPE), "step 1, layer 1: is broken");
    }

    private static void refused(ThrowingCallable reading, String reason) {
        assertThatThrownBy(reading)
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("recorded loads: ")
                .hasMessageContaining(reason)
                .message()
                .doesNotContain("\n");
    }
}
