package io.witan.launcher.report;

import java.awt.Color;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Loss over steps: each step, a moving average, and the validation points. */
final class LossCurve {
    private static final Color RAW = new Color(0xB8, 0xCC, 0xE4);
    private static final Color SMOOTH = new Color(0x1F, 0x4E, 0x9E);
    private static final Color VALIDATION = new Color(0xC7, 0x4B, 0x1A);

    private LossCurve() {}

    static XYChart draw(MetricsSeries metrics, String title) {
        XYChart chart = new XYChartBuilder()
                .width(1000)
                .height(600)
                .title(title + ": loss")
                .xAxisTitle("step")
                .yAxisTitle("loss (nats per token)")
                .build();
        style(chart.getStyler());
        chart.getStyler().setXAxisMin(0.0);
        chart.getStyler().setXAxisMax(metrics.train().getLast().step());
        line(chart, "train, each step", metrics.train(), RAW, 1.2f);
        line(chart, "train, moving average", metrics.smoothed(), SMOOTH, 2.6f);
        if (!metrics.validation().isEmpty()) {
            XYSeries points = line(chart, "validation", metrics.validation(), VALIDATION, 1.6f);
            points.setMarker(SeriesMarkers.CIRCLE);
            points.setMarkerColor(VALIDATION);
        }
        return chart;
    }

    private static void style(XYStyler styler) {
        LineCharts.style(styler, new LineCharts.Letters(18, 15, 13, 14));
        styler.setLegendPosition(Styler.LegendPosition.InsideNE);
        styler.setMarkerSize(8);
        styler.setXAxisTickMarkSpacingHint(90);
        styler.setChartPadding(16);
    }

    private static XYSeries line(
            XYChart chart, String name, List<MetricsSeries.Point> points, Color color, float width) {
        double[] steps = points.stream().mapToDouble(MetricsSeries.Point::step).toArray();
        double[] values =
                points.stream().mapToDouble(MetricsSeries.Point::value).toArray();
        XYSeries series = chart.addSeries(name, steps, values);
        LineCharts.style(series, color, width);
        return series;
    }
}
