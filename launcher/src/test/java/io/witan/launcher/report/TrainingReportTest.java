package io.witan.launcher.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.runtime.metrics.LoadMetrics;
import io.witan.runtime.metrics.MetricsException;
import io.witan.runtime.metrics.MetricsLine;
import io.witan.runtime.metrics.MetricsLog;
import io.witan.runtime.metrics.StepMetrics;
import io.witan.runtime.metrics.ValidationMetrics;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TrainingReportTest {
    @TempDir
    Path folder;

    @BeforeAll
    static void withoutADisplay() {
        System.setProperty("java.awt.headless", "true");
    }

    /** Like a real run: noisy falling loss, some validation points, uneven loads. */
    static Path metrics(Path folder, int layers, int experts) throws IOException {
        Random random = new Random(7);
        Path file = folder.resolve("metrics.jsonl");
        try (MetricsLog log = MetricsLog.create(file)) {
            for (int step = 1; step <= 300; step++) {
                double loss = 1.4 + 4.1 * Math.exp(-step / 60.0);
                log.append(step(step, loss + 0.12 * random.nextGaussian()));
                if (step % 50 == 0) {
                    log.append(new ValidationMetrics(step, loss + 0.08, loss));
                    log.append(new LoadMetrics(step, 2, loads(random, layers, experts)));
                }
            }
            log.append(step(301, Double.NaN));
        }
        return Files.writeString(file, "{\"step\":302,\"lo", StandardOpenOption.APPEND);
    }

    private static StepMetrics step(long step, double loss) {
        return new StepMetrics(step, loss, 1, 1e-3, 1, 1, 1, StepMetrics.Bytes.NONE, false, StepMetrics.noExtra());
    }

    private static long[][] loads(Random random, int layers, int experts) {
        long[][] loads = new long[layers][experts];
        for (long[] layer : loads) {
            Arrays.setAll(layer, _ -> 100 + random.nextInt(300));
        }
        return loads;
    }

    private static Path log(Path file, MetricsLine... lines) {
        try (MetricsLog log = MetricsLog.create(file)) {
            Stream.of(lines).forEach(log::append);
        }
        return file;
    }

    @Test
    void bothPicturesAreMadeAndShowSomething() throws IOException {
        List<Path> pictures = TrainingReport.write(metrics(folder, 4, 8), folder, "tiny");
        assertThat(pictures).containsExactly(folder.resolve("loss.png"), folder.resolve("expert-load.png"));
        for (Path picture : pictures) {
            BufferedImage image = ImageIO.read(picture.toFile());
            assertThat(image.getWidth()).isEqualTo(1000);
            assertThat(distinctColors(image)).isGreaterThan(20);
        }
        BufferedImage loss = ImageIO.read(pictures.getFirst().toFile());
        assertThat(loss.getHeight()).isEqualTo(600);
        assertThat(share(loss, 0x1F4E9E)).as("moving average").isBetween(0.001, 0.1);
        assertThat(share(loss, 0xC74B1A)).as("validation").isBetween(0.0005, 0.1);
        assertThat(share(loss, 0xFFFFFF)).as("background").isGreaterThan(0.7);
    }

    private static long distinctColors(BufferedImage image) {
        return java.util.Arrays.stream(
                        image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth()))
                .distinct()
                .count();
    }

    private static double share(BufferedImage image, int color) {
        int[] pixels = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
        return (double) java.util.Arrays.stream(pixels)
                        .filter(pixel -> (pixel & 0xFFFFFF) == color)
                        .count()
                / pixels.length;
    }

    @Test
    void manyLayersAndExpertsFit() throws IOException {
        List<Path> pictures = TrainingReport.write(metrics(folder, 24, 64), folder, "big");
        assertThat(ImageIO.read(pictures.get(1).toFile()).getHeight()).isEqualTo(1400);
    }

    @Test
    void withoutDataThereIsNoPicture() throws IOException {
        assertThat(TrainingReport.write(folder.resolve("absent"), folder, "t")).isEmpty();
        Path empty = Files.writeString(folder.resolve("empty"), "");
        assertThat(TrainingReport.write(empty, folder, "t")).isEmpty();
    }

    @Test
    void oneStepIsEnoughForACurve() throws IOException {
        Path one = log(folder.resolve("one"), step(1, 5.0));
        assertThat(TrainingReport.write(one, folder, "t")).containsExactly(folder.resolve("loss.png"));
    }

    @Test
    void theNumbersAreTheFilesNumbers() {
        Path file = log(
                folder.resolve("m"),
                step(1, 4),
                new LoadMetrics(1, 2, new long[][] {{1, 3}, {0, 0}}),
                step(2, 2),
                new ValidationMetrics(2, 3.5, 1),
                step(3, 3),
                new LoadMetrics(3, 2, new long[][] {{3, 1}, {0, 0}}),
                new LoadMetrics(4, 2, new long[][] {{1}}));
        MetricsSeries series = MetricsSeries.read(file);
        assertThat(series.train()).extracting(MetricsSeries.Point::value).containsExactly(4.0, 2.0, 3.0);
        assertThat(series.validation()).containsExactly(new MetricsSeries.Point(2, 3.5));
        assertThat(series.smoothed()).extracting(MetricsSeries.Point::value).containsExactly(3.0, 3.0, 2.5);
        assertThat(series.loadLines()).isEqualTo(2);
        assertThat(series.loadShares()[0]).containsExactly(new double[] {0.5, 0.5}, within(1e-12));
        assertThat(series.loadShares()[1]).containsExactly(0, 0);
    }

    @Test
    void aBrokenLineIsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("m"), "{\"step\":1}\nnot json\n{\"step\":2}\n");
        assertThatThrownBy(() -> TrainingReport.write(file, folder, "t"))
                .isInstanceOf(MetricsException.class)
                .hasMessage(file + ":2: not JSON");
    }
}
