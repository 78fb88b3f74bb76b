package io.witan.launcher.report;

import java.awt.Color;
import java.awt.Font;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.HeatMapChartBuilder;
import org.knowm.xchart.style.HeatMapStyler;

/** Share of each layer's tokens that each expert got, in percent, over the whole run. */
final class ExpertLoadMap {
    private static final int MAX_NUMBERED_EXPERTS = 20;
    private static final int MIN_HEIGHT = 300;
    private static final int MAX_HEIGHT = 1400;

    private ExpertLoadMap() {}

    static HeatMapChart draw(MetricsSeries metrics, String title) {
        double[][] shares = metrics.loadShares();
        int layers = shares.length;
        int experts = shares[0].length;
        HeatMapChart chart = new HeatMapChartBuilder()
                .width(1000)
                .height(Math.clamp(180 + 60L * layers, MIN_HEIGHT, MAX_HEIGHT))
                .title(title + ": tokens of each layer by expert, %")
                .xAxisTitle("expert (even share: " + percent(1.0 / experts) + " %)")
                .yAxisTitle("layer")
                .build();
        style(chart.getStyler(), experts);
        List<Number[]> cells = new ArrayList<>();
        double largest = 200.0 / experts;
        for (int layer = 0; layer < layers; layer++) {
            for (int expert = 0; expert < experts; expert++) {
                double value = Math.round(shares[layer][expert] * 1000) / 10.0;
                largest = Math.max(largest, value);
                // The first layer on top, as the model is read.
                cells.add(new Number[] {expert, layers - 1 - layer, value});
            }
        }
        // From nothing to twice the even share, or to the largest if it is more: an even map looks pale.
        chart.getStyler().setMin(0).setMax(largest);
        List<Integer> columns = IntStream.range(0, experts).boxed().toList();
        List<Integer> rows =
                IntStream.range(0, layers).map(i -> layers - 1 - i).boxed().toList();
        chart.addSeries("share of the layer's tokens (%)", columns, rows, cells);
        return chart;
    }

    private static void style(HeatMapStyler styler, int experts) {
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotBorderVisible(false);
        styler.setPlotGridLinesVisible(false);
        styler.setChartTitleBoxVisible(false);
        styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 18));
        styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 15));
        styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        styler.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        styler.setShowValue(experts <= MAX_NUMBERED_EXPERTS);
        styler.setValueFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        styler.setHeatMapValueDecimalPattern("0.0");
        styler.setPiecewise(false);
        styler.setXAxisTickMarkSpacingHint(30);
        styler.setYAxisTickMarkSpacingHint(12);
        styler.setDrawBorder(true);
        styler.setRangeColors(new Color[] {new Color(0xF7, 0xFB, 0xFF), new Color(0x42, 0x92, 0xC6)});
        styler.setChartPadding(16);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f", 100 * share);
    }
}
