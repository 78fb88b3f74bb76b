package io.witan.launcher.report;

import java.awt.Color;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;

/** Several numbers over the steps of a run. */
final class StepLines {
    private static final Color[] COLOURS = {
        new Color(0x1F, 0x4E, 0x9E),
        new Color(0xC7, 0x4B, 0x1A),
        new Color(0x2E, 0x7D, 0x4F),
        new Color(0x7B, 0x4F, 0xA6)
    };

    private StepLines() {}

    /** One number over steps; as many values as steps. */
    record Line(String name, double[] steps, double[] values) {}

    /** @param least lowest value of the axis */
    static XYChart draw(String title, String unit, double least, List<Line> lines) {
        XYChart chart = new XYChartBuilder()
                .width(900)
                .height(340)
                .title(title)
                .xAxisTitle("step")
                .yAxisTitle(unit)
                .build();
        style(chart.getStyler());
        chart.getStyler().setYAxisMin(least);
        chart.getStyler().setXAxisMin(0.0);
        chart.getStyler()
                .setXAxisMax(lines.stream()
                        .flatMapToDouble(line -> Arrays.stream(line.steps()))
                        .max()
                        .orElse(1));
        for (int i = 0; i < lines.size(); i++) {
            XYSeries series = chart.addSeries(
                    lines.get(i).name(), lines.get(i).steps(), lines.get(i).values());
            LineCharts.style(series, COLOURS[i % COLOURS.length], 1.8f);
        }
        return chart;
    }

    private static void style(XYStyler styler) {
        LineCharts.style(styler, new LineCharts.Letters(15, 13, 12, 12));
        styler.setLegendPosition(Styler.LegendPosition.OutsideS);
        styler.setLegendLayout(Styler.LegendLayout.Horizontal);
        styler.setLegendBorderColor(Color.WHITE);
        styler.setXAxisMaxLabelCount(12);
        styler.setChartPadding(10);
    }
}
