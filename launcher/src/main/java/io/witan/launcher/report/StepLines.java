package io.witan.launcher.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Several numbers over the steps of a run. */
final class StepLines {
    private static final Color[] COLOURS = {
        new Color(0x1F, 0x4E, 0x9E),
        new Color(0xC7, 0x4B, 0x1A),
        new Color(0x2E, 0x7D, 0x4F),
        new Color(0x7B, 0x4F, 0xA6)
    };
    private static final Color GRID = new Color(0xE4, 0xE4, 0xE4);

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
            series.setMarker(SeriesMarkers.NONE);
            series.setLineColor(COLOURS[i % COLOURS.length]);
            series.setLineStyle(new BasicStroke(1.8f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        }
        return chart;
    }

    private static void style(XYStyler styler) {
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotBorderVisible(false);
        styler.setPlotGridLinesColor(GRID);
        styler.setChartTitleBoxVisible(false);
        styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 15));
        styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
        styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        styler.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        styler.setLegendPosition(Styler.LegendPosition.OutsideS);
        styler.setLegendLayout(Styler.LegendLayout.Horizontal);
        styler.setLegendBorderColor(Color.WHITE);
        styler.setXAxisMaxLabelCount(12);
        styler.setXAxisDecimalPattern("#,##0");
        styler.setChartPadding(10);
    }
}
