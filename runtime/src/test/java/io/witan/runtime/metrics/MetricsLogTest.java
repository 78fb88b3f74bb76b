package io.witan.runtime.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.witan.runtime.fssdp.CopyMemory;
import io.witan.runtime.memory.MemoryParts;
import io.witan.runtime.memory.MemoryReport;
import io.witan.runtime.memory.ResidentSize;
import io.witan.runtime.metrics.PlacementMetrics.LayerPlacement;
import io.witan.runtime.metrics.StepMetrics.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsLogTest {
    @TempDir
    Path folder;

    private static StepMetrics step(long step, double loss) {
        return new StepMetrics(
                step, loss, 1.5, 3e-4, 1234.5, 20.25, 1.1, new Bytes(10, 20, 1L << 40), false, StepMetrics.noExtra());
    }

    private static MemoryMetrics memory(long step) {
        return new MemoryMetrics(
                step,
                new MemoryReport(
                        3,
                        new MemoryParts(1, 2, 3, 4, 5, 6, 7),
                        new CopyMemory(12, 13, 14),
                        new ResidentSize(8, 9, 10, 11)));
    }

    @Test
    void linesAreThereAsSoonAsTheyAreAppended() throws IOException {
        Path path = folder.resolve("new/folder/metrics.jsonl");
        try (MetricsLog log = MetricsLog.create(path)) {
            assertThat(Files.readString(path)).isEmpty();
            log.append(step(1, 5.5).with("aux_loss", 0.25));
            assertThat(Files.readString(path))
                    .isEqualTo("{\"step\":1,\"loss\":5.5,\"grad_norm\":1.5,\"lr\":3.0E-4,\"tokens_per_s\":1234.5,"
                            + "\"step_ms\":20.25,\"imbalance\":1.1,\"bytes_sparse_all_gather\":10,"
                            + "\"bytes_sparse_reduce_scatter\":20,\"bytes_all_to_all\":1099511627776,\"skipped\":false,"
                            + "\"aux_loss\":0.25}\n");
            log.append(new ValidationMetrics(1, 2.5, 1.25));
            log.append(new LoadMetrics(1, 2, new long[][] {{1, 2}, {3, 0}}));
            assertThat(Files.readAllLines(path))
                    .endsWith(
                            "{\"step\":1,\"val_loss\":2.5,\"val_nats_per_byte\":1.25}",
                            "{\"step\":1,\"top_k\":2,\"expert_load\":[[1,2],[3,0]]}");
            log.append(new PlacementMetrics(
                    1, List.of(new LayerPlacement(3, List.of(List.of(0), List.of(1, 0, 2), List.of(2))))));
            assertThat(Files.readAllLines(path))
                    .endsWith("{\"step\":1,\"placement\":[{\"layer\":3,\"holders\":[0,[1,0,2],2]}]}");
            log.append(new TaskMetrics(1, "sums", 2.5, 12, new long[][] {{1, 2}, {3, 0}}));
            log.append(new TaskValidationMetrics(1, "sums", 0.5));
            assertThat(Files.readAllLines(path))
                    .endsWith(
                            "{\"step\":1,\"task\":\"sums\",\"task_loss\":2.5,\"task_targets\":12,"
                                    + "\"task_expert_load\":[[1,2],[3,0]]}",
                            "{\"step\":1,\"task\":\"sums\",\"task_val_loss\":0.5}");
            log.append(memory(1));
            assertThat(Files.readAllLines(path))
                    .endsWith("{\"step\":1,\"rank\":3,\"memory_parameters_bytes\":1,\"memory_gradients_bytes\":2,"
                            + "\"memory_optimizer_bytes\":3,\"memory_activations_bytes\":4,\"memory_scratch_bytes\":5,"
                            + "\"memory_transport_bytes\":6,\"memory_jvm_bytes\":7,\"memory_copies_bytes\":12,"
                            + "\"memory_copy_gradients_bytes\":13,\"memory_copies_and_gradients_bytes\":14,"
                            + "\"memory_resident_bytes\":8,"
                            + "\"memory_resident_file_bytes\":9,\"memory_resident_shared_bytes\":10,"
                            + "\"memory_resident_peak_bytes\":11}");
            log.append(new RankMetrics(
                    2,
                    List.of(
                            new RankMetrics.OfRank(12.3456, 0.5, 100, 200, 1.5, 3),
                            new RankMetrics.OfRank(10, 2.75, 300, 0, 0.5, 0))));
            assertThat(Files.readAllLines(path))
                    .endsWith("{\"step\":2,\"rank_own_ms\":[12.346,10.0],\"rank_wait_ms\":[0.5,2.75],"
                            + "\"rank_sent_bytes\":[100,300],\"rank_resident_bytes\":[200,0],"
                            + "\"rank_load\":[1.5,0.5],\"rank_copies\":[3,0]}");
        }
    }

    @Test
    void allKindsComeBack() {
        Path path = folder.resolve("m.jsonl");
        StepMetrics odd = new StepMetrics(
                        2,
                        Double.NaN,
                        Double.POSITIVE_INFINITY,
                        Double.NEGATIVE_INFINITY,
                        Double.MIN_VALUE,
                        0.1,
                        -0.0,
                        Bytes.NONE,
                        true,
                        StepMetrics.noExtra())
                .with("z_loss", Double.NaN)
                .with("aux_loss", 1);
        ValidationMetrics validation = new ValidationMetrics(2, Double.POSITIVE_INFINITY, 0.5);
        LoadMetrics loads = new LoadMetrics(2, 2, new long[][] {{Long.MAX_VALUE, 0}, {}});
        LoadMetrics unknown = new LoadMetrics(3, LoadMetrics.UNKNOWN_TOP_K, 2, new long[][] {{1, 1}});
        PlacementMetrics placement = new PlacementMetrics(
                2,
                List.of(new LayerPlacement(0, List.of(List.of(1), List.of(0, 3))), new LayerPlacement(7, List.of())));
        MemoryMetrics memory = memory(2);
        TaskMetrics task = new TaskMetrics(2, "a_b-C", Double.NaN, 3, new long[][] {{4, 5}});
        TaskValidationMetrics taskValidation = new TaskValidationMetrics(2, "a_b-C", 1.5);
        PhaseMetrics phase = new PhaseMetrics(3, "base", 2, 40);
        RankMetrics ranks = new RankMetrics(2, List.of(new RankMetrics.OfRank(12.5, 0.25, 100, 200, 1.5, 3)));
        try (MetricsLog log = MetricsLog.create(path)) {
            List.of(
                            step(1, 0.1),
                            validation,
                            odd,
                            task,
                            memory,
                            loads,
                            taskValidation,
                            phase,
                            placement,
                            unknown,
                            ranks)
                    .forEach(log::append);
        }
        MetricsReader metrics = MetricsReader.read(path);
        assertThat(metrics.steps()).containsExactly(step(1, 0.1), odd);
        assertThat(metrics.validations()).containsExactly(validation);
        assertThat(metrics.loads()).containsExactly(loads, unknown);
        assertThat(metrics.placements()).containsExactly(placement);
        assertThat(metrics.memories()).containsExactly(memory);
        assertThat(metrics.tasks()).containsExactly(task);
        assertThat(metrics.taskValidations()).containsExactly(taskValidation);
        assertThat(metrics.phases()).containsExactly(phase);
        assertThat(metrics.ranks()).containsExactly(ranks);
    }

    @Test
    void numbersThatAreNotFiniteStayValidJson() throws IOException {
        Path path = folder.resolve("m.jsonl");
        try (MetricsLog log = MetricsLog.create(path)) {
            log.append(step(1, Double.NaN));
        }
        JsonNode line = new ObjectMapper().readTree(Files.readString(path));
        assertThat(line.get("loss").textValue()).isEqualTo("NaN");
    }

    @Test
    void aResumedLogDropsLaterStepsAndGoesOn() throws IOException {
        Path path = folder.resolve("m.jsonl");
        try (MetricsLog log = MetricsLog.create(path)) {
            LongStream.rangeClosed(1, 10).forEach(i -> {
                log.append(step(i, i));
                log.append(new ValidationMetrics(i, i, i));
            });
        }
        try (MetricsLog log = MetricsLog.resume(path, 6)) {
            assertThat(MetricsReader.read(path).steps())
                    .extracting(StepMetrics::step)
                    .containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
            log.append(step(7, 70));
        }
        MetricsReader metrics = MetricsReader.read(path);
        assertThat(metrics.steps()).hasSize(7).endsWith(step(7, 70));
        assertThat(metrics.validations())
                .extracting(ValidationMetrics::step)
                .endsWith(6L)
                .hasSize(6);
        assertThat(folder).isDirectoryNotContaining("glob:**.part");
    }

    @Test
    void whatIsOwedAfterTheLastStepIsDroppedToo() throws IOException {
        Path path = folder.resolve("m.jsonl");
        try (MetricsLog log = MetricsLog.create(path)) {
            LongStream.rangeClosed(1, 4).forEach(i -> {
                log.append(new PhaseMetrics(i, "part", 1, 4));
                log.append(step(i, i));
                log.append(new ValidationMetrics(i, i, i));
                log.append(new TaskValidationMetrics(i, "sums", i));
            });
        }
        try (MetricsLog log = MetricsLog.resume(path, 3, true)) {
            log.append(new ValidationMetrics(3, 30, 30));
        }
        List<String> lines = Files.readAllLines(path);
        assertThat(lines).hasSize(2 * 4 + 1 + 1);
        assertThat(MetricsReader.read(path).validations())
                .containsExactly(
                        new ValidationMetrics(1, 1, 1),
                        new ValidationMetrics(2, 2, 2),
                        new ValidationMetrics(3, 30, 30));
    }

    @Test
    void aHalfWrittenLastLineIsDropped() throws IOException {
        Path path = folder.resolve("m.jsonl");
        try (MetricsLog log = MetricsLog.create(path)) {
            log.append(step(1, 1));
        }
        Files.writeString(path, "{\"step\":2,\"lo", StandardOpenOption.APPEND);
        assertThat(MetricsReader.read(path).steps()).containsExactly(step(1, 1));
        try (MetricsLog log = MetricsLog.resume(path, 5)) {
            log.append(step(2, 2));
        }
        assertThat(MetricsReader.read(path).steps()).containsExactly(step(1, 1), step(2, 2));
    }

    @Test
    void brokenLinesAreRefusedWithTheirNumberAndLeftAlone() throws IOException {
        Path path = folder.resolve("m.jsonl");
        String broken = "{\"step\":1,\"val_loss\":1,\"val_nats_per_byte\":1}\nnonsense\n{\"step\":3}\n";
        Files.writeString(path, broken);
        assertThatThrownBy(() -> MetricsLog.resume(path, 1))
                .isInstanceOf(MetricsException.class)
                .hasMessage(path + ":2: not JSON");
        assertThat(Files.readString(path)).isEqualTo(broken);
        Files.writeString(path, "{\"loss\": 1}\n");
        assertThatThrownBy(() -> MetricsReader.read(path)).hasMessage(path + ":1: not a JSON object with a step");
        Files.writeString(path, "{\"step\": 1, \"val_loss\": \"high\"}\n");
        assertThatThrownBy(() -> MetricsReader.read(path))
                .hasMessage(path + ":1: val_loss must be a number, got \"high\"");
        Files.writeString(path, "{\"step\": 1, \"rank_own_ms\": [1, 2], \"rank_wait_ms\": [1]}\n");
        assertThatThrownBy(() -> MetricsReader.read(path))
                .hasMessage(path + ":1: rank_sent_bytes must have a number for rank 0, got none");
        Files.writeString(path, "{\"step\": 1, \"loss\": 1}\n");
        assertThatThrownBy(() -> MetricsReader.read(path))
                .hasMessage(path + ":1: grad_norm must be a number, got none");
    }

    @Test
    void linesOfOtherKindsArePassedOver() throws IOException {
        Path path = folder.resolve("m.jsonl");
        Files.writeString(path, "{\"step\": 1, \"sample\": \"text\"}\n");
        assertThat(MetricsReader.read(path))
                .isEqualTo(new MetricsReader(
                        List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(),
                        List.of()));
    }

    @Test
    void nothingIsOverwritten() throws IOException {
        Path path = Files.writeString(folder.resolve("m.jsonl"), "mine");
        assertThatThrownBy(() -> MetricsLog.create(path))
                .isInstanceOf(MetricsException.class)
                .hasMessage(path + ": is there already and is not overwritten");
        assertThat(Files.readString(path)).isEqualTo("mine");
    }

    @Test
    void unusablePathsGetOneLine() {
        Path missing = folder.resolve("none.jsonl");
        assertThatThrownBy(() -> MetricsReader.read(missing)).hasMessage(missing + ": no such metrics file");
        Path inside = Path.of("/proc/nothing/m.jsonl");
        assertThatThrownBy(() -> MetricsLog.create(inside))
                .isInstanceOf(MetricsException.class)
                .hasMessageStartingWith(inside + ": cannot be written: ");
        MetricsLog closed = MetricsLog.create(missing);
        closed.close();
        assertThatThrownBy(() -> closed.append(step(1, 1)))
                .isInstanceOf(MetricsException.class)
                .hasMessageStartingWith(missing + ": cannot be written: ");
    }

    @Test
    void anInterruptedThreadCanStillWrite() {
        Path path = folder.resolve("m.jsonl");
        try (MetricsLog log = MetricsLog.create(path)) {
            Thread.currentThread().interrupt();
            log.append(step(1, 1));
            assertThat(Thread.interrupted()).isTrue();
            log.append(step(2, 2));
        }
        assertThat(MetricsReader.read(path).steps()).hasSize(2);
    }

    @Test
    void extraKeysMustBeSnakeCaseAndNew() {
        for (String key : List.of("loss", "val_loss", "expert_load", "memory_resident_bytes", "auxLoss", "", "a b")) {
            assertThatThrownBy(() -> step(1, 1).with(key, 1)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
