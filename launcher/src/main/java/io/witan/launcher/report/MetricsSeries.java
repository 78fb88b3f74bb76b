package io.witan.launcher.report;

import io.witan.runtime.metrics.LoadMetrics;
import io.witan.runtime.metrics.MetricsReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the pictures need of a metrics file.
 *
 * @param train (step, loss) in nats per token
 * @param validation (step, loss) in nats per token
 * @param loads expert loads: [layer][expert] token assignments, summed over the lines read; empty: none
 * @param loadLines lines that the loads were summed over
 */
record MetricsSeries(List<Point> train, List<Point> validation, double[][] loads, int loadLines) {

    record Point(double step, double value) {}

    /**
     * Takes up a metrics file. Values that are not finite are left out, as a picture cannot show them.
     *
     * @throws io.witan.runtime.metrics.MetricsException if the file cannot be read or holds a broken line
     */
    static MetricsSeries read(Path file) {
        return of(MetricsReader.read(file));
    }

    static MetricsSeries of(MetricsReader metrics) {
        List<long[][]> loads =
                sameShape(metrics.loads().stream().map(LoadMetrics::expertLoad).toList());
        return new MetricsSeries(
                finite(metrics.steps().stream().map(step -> new Point(step.step(), step.loss()))),
                finite(metrics.validations().stream().map(line -> new Point(line.step(), line.valLoss()))),
                sum(loads),
                loads.size());
    }

    private static List<Point> finite(Stream<Point> points) {
        return points.filter(point -> Double.isFinite(point.value())).toList();
    }

    /** Loads of as many layers and experts as the first has, if that has any. */
    private static List<long[][]> sameShape(List<long[][]> loads) {
        return loads.stream()
                .filter(counts -> counts.length > 0 && counts[0].length > 0)
                .filter(counts ->
                        counts.length == loads.getFirst().length && counts[0].length == loads.getFirst()[0].length)
                .toList();
    }

    private static double[][] sum(List<long[][]> loads) {
        if (loads.isEmpty()) {
            return new double[0][0];
        }
        double[][] total = new double[loads.getFirst().length][loads.getFirst()[0].length];
        for (long[][] counts : loads) {
            for (int layer = 0; layer < total.length; layer++) {
                for (int expert = 0; expert < total[0].length; expert++) {
                    total[layer][expert] += counts[layer][expert];
                }
            }
        }
        return total;
    }

    /** Share of its layer's tokens that each expert got; each row adds up to 1, or is 0 if the layer saw no token. */
    double[][] loadShares() {
        double[][] shares = new double[loads.length][];
        for (int layer = 0; layer < loads.length; layer++) {
            double total = 0;
            for (double load : loads[layer]) {
                total += load;
            }
            shares[layer] = new double[loads[layer].length];
            for (int expert = 0; expert < shares[layer].length; expert++) {
                shares[layer][expert] = total == 0 ? 0 : loads[layer][expert] / total;
            }
        }
        return shares;
    }

    /** Moving average of the training loss, centred, over about a thirtieth of the run; shorter at both ends. */
    List<Point> smoothed() {
        int half = Math.max(1, train.size() / 60);
        List<Point> smooth = new ArrayList<>(train.size());
        for (int i = 0; i < train.size(); i++) {
            int from = Math.max(0, i - half);
            int to = Math.min(train.size() - 1, i + half);
            double sum = 0;
            for (int j = from; j <= to; j++) {
                sum += train.get(j).value();
            }
            smooth.add(new Point(train.get(i).step(), sum / (to - from + 1)));
        }
        return smooth;
    }
}
