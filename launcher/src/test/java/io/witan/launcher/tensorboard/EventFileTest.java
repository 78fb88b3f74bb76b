package io.witan.launcher.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.launcher.exit.LaunchException;
import io.witan.launcher.tensorboard.EventDecoder.Event;
import io.witan.runtime.metrics.LoadMetrics;
import io.witan.runtime.metrics.PhaseMetrics;
import io.witan.runtime.metrics.RankMetrics;
import io.witan.runtime.metrics.StepMetrics;
import io.witan.runtime.metrics.TaskMetrics;
import io.witan.runtime.metrics.TaskValidationMetrics;
import io.witan.runtime.metrics.ValidationMetrics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EventFileTest {
    private static final long FAR = 5_000_000_000L;

    @TempDir
    Path folder;

    private static StepMetrics step(long number) {
        return new StepMetrics(
                        number,
                        2.5,
                        0.75,
                        1e-3,
                        1234,
                        20.25,
                        1.1,
                        new StepMetrics.Bytes(10, 20, 1L << 40),
                        false,
                        StepMetrics.noExtra())
                .with("z_loss", 0.5)
                .with("expert_imbalance", 1.5)
                .with("bytes_reshard", 3);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private List<Event> events() throws IOException {
        return EventDecoder.events(Files.readAllBytes(files().getFirst()));
    }

    /** The check value of CRC-32C. */
    @Test
    void theDecoderKnowsTheChecksum() {
        assertThat(EventDecoder.crc32c("123456789".getBytes(StandardCharsets.US_ASCII)))
                .isEqualTo(0xe3069283);
    }

    @Test
    void aFileBeginsWithItsVersionAndTheStart() throws IOException {
        double before = System.currentTimeMillis() / 1e3;
        EventFile.create(folder, 300).close();
        assertThat(files().getFirst().getFileName().toString()).startsWith("events.out.tfevents.");
        List<Event> events = events();
        assertThat(events).hasSize(2).allSatisfy(event -> assertThat(event.wallTime())
                .isBetween(before, System.currentTimeMillis() / 1e3));
        assertThat(events.get(0).version()).isEqualTo("brain.Event:2");
        assertThat(events.get(1).sessionStarted()).isTrue();
        assertThat(events.get(1).step()).isEqualTo(301);
    }

    @Test
    void linesBecomeCharts() throws IOException {
        try (EventFile file = EventFile.create(folder, 0)) {
            file.append(step(1));
            file.append(new ValidationMetrics(200, 1.25, Double.NaN));
            file.append(new TaskMetrics(FAR, "sums", Double.POSITIVE_INFINITY, 3, new long[0][]));
            file.append(new TaskValidationMetrics(7, "sums", 0.5));
            file.append(new PhaseMetrics(7, "base", 2, 40));
            file.append(new LoadMetrics(7, 2, new long[][] {{1}}));
            file.append(new RankMetrics(
                    8,
                    List.of(
                            new RankMetrics.OfRank(10, 2, 100, 200, 1.5, 0),
                            new RankMetrics.OfRank(11, 1, 100, 200, 0.5, 0))));
        }
        List<Event> events = events();
        assertThat(events.subList(2, events.size())).extracting(Event::step).containsExactly(1L, 200L, FAR, 7L, 7L, 8L);
        assertThat(events.get(2).scalars())
                .containsEntry("loss/train", 2.5f)
                .containsEntry("train/gradient_norm", 0.75f)
                .containsEntry("train/learning_rate", 1e-3f)
                .containsEntry("speed/tokens_per_s", 1234f)
                .containsEntry("speed/step_ms", 20.25f)
                .containsEntry("balance/rank_imbalance", 1.1f)
                .containsEntry("bytes/all_to_all", (float) (1L << 40))
                .containsEntry("loss/z_loss", 0.5f)
                .containsEntry("balance/expert_imbalance", 1.5f)
                .containsEntry("bytes/bytes_reshard", 3f);
        assertThat(events.get(3).scalars()).containsOnlyKeys("loss/validation").containsValue(1.25f);
        assertThat(events.get(4).scalars()).containsEntry("task/sums/train", Float.POSITIVE_INFINITY);
        assertThat(events.get(5).scalars()).containsEntry("task/sums/validation", 0.5f);
        assertThat(events.get(6).scalars()).containsEntry("train/phase", 2f);
        assertThat(events.get(7).scalars())
                .containsEntry("rank/0/own_ms", 10f)
                .containsEntry("rank/1/wait_ms", 1f)
                .containsEntry("rank/1/load", 0.5f);
    }

    @Test
    void eachStartHasAFileOfItsOwn() throws IOException {
        EventFile.create(folder, 0).close();
        EventFile.create(folder, 5).close();
        assertThat(files()).hasSize(2);
    }

    @Test
    void aFolderThatCannotBeMadeIsOneLine() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        assertThatThrownBy(() -> EventFile.create(file.resolve("x"), 0))
                .isInstanceOf(LaunchException.class)
                .hasMessageStartingWith(file.resolve("x") + ": cannot be written: ");
    }
}
