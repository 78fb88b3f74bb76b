package io.witan.launcher.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** What charts of numbers over steps have in common. */
final class LineCharts {
    private static final Color GRID = new Color(0xE4, 0xE4, 0xE4);

    private LineCharts() {}

    /** Sizes of letters, in points. */
    record Letters(int title, int axisTitle, int axisLabel, int legend) {}

    static void style(XYStyler styler, Letters letters) {
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotBorderVisible(false);
        styler.setPlotGridLinesColor(GRID);
        styler.setChartTitleBoxVisible(false);
        styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, letters.title));
        styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, letters.axisTitle));
        styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, letters.axisLabel));
        styler.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, letters.legend));
        styler.setLegendBorderColor(GRID);
        styler.setXAxisDecimalPattern("#,##0");
    }

    /** A line without markers. */
    static void style(XYSeries series, Color color, float width) {
        series.setMarker(SeriesMarkers.NONE);
        series.setLineColor(color);
        series.setLineStyle(new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    }
}
