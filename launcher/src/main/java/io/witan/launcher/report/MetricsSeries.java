package io.witan.launcher.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What the pictures need of a metrics file.
 *
 * @param train (step, loss) in nats per token
 * @param validation (step, loss) in nats per token
 * @param loads expert loads: [layer][expert] token assignments, summed over the lines read; empty: none
 * @param loadLines lines that the loads were summed over
 */
record MetricsSeries(List<Point> train, List<Point> validation, double[][] loads, int loadLines) {
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    record Point(double step, double value) {}

    /**
     * Reads JSON Lines. A line that is not JSON (the last one of a killed run) and values that are not finite are left
     * out, as a picture cannot show them.
     */
    static MetricsSeries read(Path file) throws IOException {
        List<Point> train = new ArrayList<>();
        List<Point> validation = new ArrayList<>();
        List<double[][]> loads = new ArrayList<>();
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode node = parse(line);
                addPoint(train, node, "loss");
                addPoint(validation, node, "val_loss");
                addLoads(loads, node.path("expert_load"));
            }
        }
        return new MetricsSeries(train, validation, sum(loads), loads.size());
    }

    private static JsonNode parse(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException _) {
            return JSON.createObjectNode();
        }
    }

    private static void addPoint(List<Point> points, JsonNode node, String key) {
        JsonNode step = node.path("step");
        JsonNode value = node.path(key);
        if (step.isNumber() && value.isNumber() && Double.isFinite(value.asDouble())) {
            points.add(new Point(step.asDouble(), value.asDouble()));
        }
    }

    private static void addLoads(List<double[][]> loads, JsonNode layers) {
        if (!layers.isArray() || layers.isEmpty()) {
            return;
        }
        double[][] counts = new double[layers.size()][layers.get(0).size()];
        for (int layer = 0; layer < counts.length; layer++) {
            for (int expert = 0; expert < counts[0].length; expert++) {
                counts[layer][expert] = layers.get(layer).path(expert).asDouble();
            }
        }
        boolean sameShape = loads.isEmpty()
                || loads.getFirst().length == counts.length && loads.getFirst()[0].length == counts[0].length;
        if (sameShape && counts[0].length > 0) {
            loads.add(counts);
        }
    }

    private static double[][] sum(List<double[][]> loads) {
        if (loads.isEmpty()) {
            return new double[0][0];
        }
        double[][] total = new double[loads.getFirst().length][loads.getFirst()[0].length];
        for (double[][] counts : loads) {
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
