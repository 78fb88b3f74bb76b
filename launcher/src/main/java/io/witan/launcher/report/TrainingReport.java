package io.witan.launcher.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.internal.chartpart.IChart;

/** Draws a run's pictures from its metrics file. */
public final class TrainingReport {
    public static final String LOSS = "loss.png";
    public static final String EXPERT_LOAD = "expert-load.png";

    private TrainingReport() {}

    /**
     * Writes those pictures that the metrics have data for, over earlier ones.
     *
     * @param metrics JSON Lines with {@code step}, {@code loss}, {@code val_loss}, {@code expert_load}
     * @param title of the run
     * @return the files, in the given folder
     * @throws IOException if the metrics cannot be read or a picture cannot be written
     */
    public static List<Path> write(Path metrics, Path folder, String title) throws IOException {
        List<Path> written = new ArrayList<>();
        if (!Files.exists(metrics)) {
            return written;
        }
        MetricsSeries series = MetricsSeries.read(metrics);
        if (!series.train().isEmpty()) {
            written.add(save(LossCurve.draw(series, title), folder.resolve(LOSS)));
        }
        if (series.loadLines() > 0) {
            written.add(save(ExpertLoadMap.draw(series, title), folder.resolve(EXPERT_LOAD)));
        }
        return written;
    }

    private static Path save(IChart chart, Path file) throws IOException {
        if (!ImageIO.write(BitmapEncoder.getBufferedImage(chart), "png", file.toFile())) {
            throw new IOException("this Java cannot write PNG");
        }
        return file;
    }
}
