package io.witan.launcher.report;

import io.witan.runtime.trace.StepTrace;
import io.witan.runtime.trace.overlap.ModelComparison;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import javax.imageio.ImageIO;

/** A picture of one step of a trace: for each rank its lanes, over time, below those that an event model predicts. */
public final class StepTimeline {
    private StepTimeline() {}

    /**
     * Draws the step of median length, over an earlier picture.
     *
     * @param trace of {@link io.witan.runtime.trace.TraceFile}
     * @throws IOException if the picture cannot be written
     * @throws io.witan.runtime.trace.TraceException if the trace cannot be read
     */
    public static void write(Path trace, Path picture, String title) throws IOException {
        if (!ImageIO.write(draw(StepTrace.typical(trace), title), "png", picture.toFile())) {
            throw new IOException("this Java cannot write PNG");
        }
    }

    /** Empty without an event model. */
    private static String comparison(StepTrace step) {
        if (step.predictedTimes().isEmpty()) {
            return "";
        }
        ModelComparison both = ModelComparison.of(step.predictedTimes().get(), step.measuredTimes());
        return "predicted / measured, ms (ratio):    MoE layer forward " + text(both.moeForward())
                + "    MoE layer backward " + text(both.moeBackward()) + "    all layers " + text(both.layers());
    }

    private static String text(ModelComparison.Compared of) {
        return String.format(Locale.ROOT, "%.2f / %.2f (%.2f)", of.predictedMs(), of.measuredMs(), of.ratio());
    }

    static BufferedImage draw(StepTrace step, String title) {
        LaneRows rows = new LaneRows(step);
        BufferedImage image = new BufferedImage(LaneRows.WIDTH, rows.height(), BufferedImage.TYPE_INT_RGB);
        Graphics2D to = image.createGraphics();
        try {
            to.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
            to.setColor(Color.WHITE);
            to.fillRect(0, 0, image.getWidth(), image.getHeight());
            to.setColor(Color.BLACK);
            to.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 18));
            to.drawString(title + ": step " + step.step() + rows.omitted(), LaneRows.MARGIN, 32);
            to.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14));
            to.drawString(comparison(step), LaneRows.MARGIN, 54);
            rows.draw(to);
        } finally {
            to.dispose();
        }
        return image;
    }
}
