package io.witan.launcher.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
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
        StringBuilder text = new StringBuilder();
        for (int step = 1; step <= 300; step++) {
            double loss = 1.4 + 4.1 * Math.exp(-step / 60.0);
            text.append(String.format(
                    Locale.ROOT,
                    "{\"step\":%d,\"loss\":%.4f,\"grad_norm\":1.0}%n",
                    step,
                    loss + 0.12 * random.nextGaussian()));
            if (step % 50 == 0) {
                text.append(String.format(Locale.ROOT, "{\"step\":%d,\"val_loss\":%.4f}%n", step, loss + 0.08));
                text.append("{\"step\":" + step + ",\"expert_load\":[");
                for (int layer = 0; layer < layers; layer++) {
                    text.append(layer == 0 ? "[" : ",[");
                    for (int expert = 0; expert < experts; expert++) {
                        text.append(expert == 0 ? "" : ",").append(100 + random.nextInt(300));
                    }
                    text.append("]");
                }
                text.append("]}\n");
            }
        }
        text.append("{\"step\":301,\"loss\":NaN}\n{\"step\":302,\"loss\":\"NaN\"}\n{\"step\":303,\"lo");
        return Files.writeString(folder.resolve("metrics.jsonl"), text);
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
        Path one = Files.writeString(folder.resolve("one"), "{\"step\":1,\"loss\":5.0}\n");
        assertThat(TrainingReport.write(one, folder, "t")).containsExactly(folder.resolve("loss.png"));
    }

    @Test
    void theNumbersAreTheFilesNumbers() throws IOException {
        Path file = Files.writeString(
                folder.resolve("m"),
                """
                {"step":1,"loss":4.0,"expert_load":[[1,3],[0,0]]}
                {"step":2,"loss":2.0}
                {"step":2,"val_loss":3.5}
                not json
                {"step":3,"loss":3.0,"expert_load":[[3,1],[0,0]]}
                {"step":4,"expert_load":[[1]]}
                """);
        MetricsSeries series = MetricsSeries.read(file);
        assertThat(series.train()).extracting(MetricsSeries.Point::value).containsExactly(4.0, 2.0, 3.0);
        assertThat(series.validation()).containsExactly(new MetricsSeries.Point(2, 3.5));
        assertThat(series.smoothed()).extracting(MetricsSeries.Point::value).containsExactly(3.0, 3.0, 2.5);
        assertThat(series.loadLines()).isEqualTo(2);
        assertThat(series.loadShares()[0]).containsExactly(new double[] {0.5, 0.5}, within(1e-12));
        assertThat(series.loadShares()[1]).containsExactly(0, 0);
    }
}
