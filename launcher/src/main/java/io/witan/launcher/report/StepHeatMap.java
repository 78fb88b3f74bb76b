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

/** One layer over the steps of a run: experts downwards, steps to the right. */
final class StepHeatMap {
    private static final int WIDTH = 900;
    private static final int AROUND = 130;
    private static final int MOST_HEIGHT = 900;

    private StepHeatMap() {}

    /**
     * What the colours mean.
     *
     * @param name of the values
     * @param min value of the first colour
     * @param max value of the last one
     * @param colours from min to max
     */
    record Scale(String name, double min, double max, Color[] colours) {}

    /** @param values [bin][expert] */
    static HeatMapChart draw(String title, double[][] values, StepBins bins, Scale scale) {
        int experts = values[0].length;
        int rowHeight = experts <= 16 ? 22 : experts <= 64 ? 10 : 5;
        HeatMapChart chart = new HeatMapChartBuilder()
                .width(WIDTH)
                .height(Math.min(MOST_HEIGHT, AROUND + rowHeight * experts))
                .title(title)
                .xAxisTitle("step")
                .yAxisTitle("expert")
                .build();
        style(chart.getStyler(), scale);
        chart.getStyler().setXAxisMaxLabelCount(10);
        List<Number[]> cells = new ArrayList<>();
        for (int b = 0; b < values.length; b++) {
            for (int e = 0; e < experts; e++) {
                // The first expert on top.
                cells.add(new Number[] {b, experts - 1 - e, values[b][e]});
            }
        }
        List<Long> steps =
                IntStream.range(0, bins.count()).mapToObj(bins::begin).toList();
        List<Integer> rows =
                IntStream.range(0, experts).map(i -> experts - 1 - i).boxed().toList();
        chart.addSeries(scale.name(), steps, rows, cells);
        return chart;
    }

    private static void style(HeatMapStyler styler, Scale scale) {
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotBorderVisible(false);
        styler.setPlotGridLinesVisible(false);
        styler.setChartTitleBoxVisible(false);
        styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 15));
        styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        styler.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
        styler.setHeatMapDecimalValueFormatter(value -> String.format(Locale.ROOT, "%4.0f", value));
        styler.setPiecewise(false);
        styler.setDrawBorder(false);
        styler.setRangeColors(scale.colours());
        styler.setMin(scale.min()).setMax(scale.max());
        styler.setChartPadding(10);
    }
}
