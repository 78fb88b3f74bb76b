package io.witan.launcher.report;

import io.witan.runtime.metrics.MetricsReader;
import io.witan.runtime.metrics.StepMetrics;
import io.witan.runtime.state.Sharding;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.XYChart;

/**
 * How even a run's load was, in one page: load of each expert, where experts were, what moved, and the decisions in words. From the
 * metrics file and the decision log.
 */
public final class BalanceReport {
    private static final int MOST_LAYERS = 6;
    private static final int MOST_DECISIONS = 500;
    private static final double MEGABYTE = 1e6;
    private static final Color[] PALE_TO_BLUE = {
        new Color(0xF7, 0xFB, 0xFF),
        new Color(0x9E, 0xCA, 0xE1),
        new Color(0x21, 0x71, 0xB5),
        new Color(0x08, 0x30, 0x6B)
    };
    private static final Color[] PALE_TO_ORANGE = {
        new Color(0xFD, 0xF5, 0xEB),
        new Color(0xFD, 0xAE, 0x6B),
        new Color(0xD9, 0x48, 0x01),
        new Color(0x7F, 0x27, 0x04)
    };
    private static final Color[] BY_RANK = {
        new Color(0x44, 0x01, 0x54),
        new Color(0x3B, 0x52, 0x8B),
        new Color(0x21, 0x91, 0x8C),
        new Color(0x5E, 0xC9, 0x62),
        new Color(0xFD, 0xE7, 0x25)
    };

    private final MetricsReader metrics;
    private final BalanceSeries series;
    private final HtmlPage page;
    private final Run run;

    /**
     * What metrics do not tell.
     *
     * @param sharding how ranks kept experts
     */
    public record Run(String title, Sharding sharding) {}

    private BalanceReport(MetricsReader metrics, Run run) {
        this.metrics = metrics;
        this.series = BalanceSeries.of(metrics);
        this.run = run;
        this.page = new HtmlPage(run.title() + ": balance");
    }

    /**
     * Writes the page over an earlier one.
     *
     * @param metrics JSON Lines
     * @param decisions the decision log, if there is one
     * @param to file of the page
     * @return the file; empty if the metrics have no loads
     * @throws IOException if the page cannot be written
     * @throws io.witan.runtime.metrics.MetricsException if the metrics cannot be read
     */
    public static Optional<Path> write(Path metrics, Path decisions, Path to, Run run) throws IOException {
        if (!Files.exists(metrics)) {
            return Optional.empty();
        }
        MetricsReader read = MetricsReader.read(metrics);
        if (!BalanceSeries.present(read)) {
            return Optional.empty();
        }
        BalanceReport report = new BalanceReport(read, run);
        report.fill(MetricsSeries.of(read), decisions);
        return Optional.of(Files.writeString(to, report.page.toString()));
    }

    private void fill(MetricsSeries whole, Path decisions) throws IOException {
        page.table(facts());
        page.picture(
                ExpertLoadMap.draw(whole, run.title()), "share of each layer's tokens by expert over the whole run");
        if (!metrics.steps().isEmpty()) {
            page.heading("Over the steps")
                    .picture(imbalance(), "imbalance of ranks and of experts over steps")
                    .picture(bytes(), "bytes of each collective over steps");
        }
        addLayers();
        addDecisions(decisions);
    }

    private List<List<String>> facts() {
        List<List<String>> facts = new ArrayList<>();
        facts.add(List.of("layers, experts of each", series.share().length + ", " + series.share()[0][0].length));
        if (series.hasPlacements()) {
            facts.add(List.of("ranks", Integer.toString(series.ranks())));
            if (owned()) {
                facts.add(List.of("experts that changed their owner", Long.toString(series.ownerChanges())));
            }
        }
        if (!metrics.steps().isEmpty()) {
            facts.add(List.of("steps", Integer.toString(metrics.steps().size())));
            facts.add(List.of("imbalance of ranks, mean", decimal(mean(StepMetrics::imbalance)) + " (1 is even)"));
            facts.add(List.of("SparseAllGather", megabytes(step -> step.bytes().sparseAllGather())));
            facts.add(List.of(
                    "SparseReduceScatter", megabytes(step -> step.bytes().sparseReduceScatter())));
            facts.add(List.of("all-to-all", megabytes(step -> step.bytes().allToAll())));
            if (owned()) {
                facts.add(List.of("moves of owners", megabytes(BalanceReport::reshard)));
            }
        }
        return facts;
    }

    /** Experts in slices have no owner. */
    private boolean owned() {
        return run.sharding() == Sharding.WHOLE;
    }

    private static double reshard(StepMetrics step) {
        return step.extra().getOrDefault("bytes_reshard", 0.0);
    }

    private double mean(ToDoubleFunction<StepMetrics> value) {
        return metrics.steps().stream().mapToDouble(value).average().orElse(0);
    }

    private String megabytes(ToDoubleFunction<StepMetrics> bytes) {
        return String.format(
                Locale.ROOT,
                "%,.1f MB",
                metrics.steps().stream().mapToDouble(bytes).sum() / MEGABYTE);
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    private XYChart imbalance() {
        return StepLines.draw(
                "Largest over mean load, mean over layers",
                "1 is even",
                1,
                List.of(line("ranks", StepMetrics::imbalance), line("experts", step -> step.extra()
                        .getOrDefault("expert_imbalance", 1.0))));
    }

    private XYChart bytes() {
        List<StepLines.Line> lines = new ArrayList<>(List.of(
                line("all-to-all", step -> step.bytes().allToAll() / MEGABYTE),
                line("SparseAllGather", step -> step.bytes().sparseAllGather() / MEGABYTE),
                line("SparseReduceScatter", step -> step.bytes().sparseReduceScatter() / MEGABYTE)));
        if (metrics.steps().stream().anyMatch(step -> reshard(step) > 0)) {
            lines.add(line("moves of owners", step -> reshard(step) / MEGABYTE));
        }
        return StepLines.draw("Bytes of a step by collective, all ranks together", "MB", 0, lines);
    }

    private StepLines.Line line(String name, ToDoubleFunction<StepMetrics> value) {
        double[] steps = metrics.steps().stream().mapToDouble(StepMetrics::step).toArray();
        double[] values = metrics.steps().stream().mapToDouble(value).toArray();
        return new StepLines.Line(name, steps, values);
    }

    private void addLayers() throws IOException {
        List<Integer> shown =
                series.unevenFirst().stream().limit(MOST_LAYERS).sorted().toList();
        page.heading("Layer by layer");
        if (shown.size() < series.share().length) {
            page.paragraph("The " + shown.size() + " most uneven of " + series.share().length + " layers.");
        }
        if (series.bins().width() > 1) {
            page.paragraph("A column is " + series.bins().width() + " steps.");
        }
        double largest = shown.stream()
                .flatMap(l -> Arrays.stream(series.share()[l]))
                .flatMapToDouble(Arrays::stream)
                .max()
                .orElse(1);
        for (int layer : shown) {
            addLayer(layer, Math.ceil(100 * largest));
        }
    }

    private void addLayer(int layer, double largest) throws IOException {
        StepHeatMap.Scale load = new StepHeatMap.Scale("% of load", 0, largest, PALE_TO_BLUE);
        page.picture(
                StepHeatMap.draw(
                        "Layer " + layer + ": load of each expert, %",
                        percent(series.share()[layer]),
                        series.bins(),
                        load),
                "load of each expert of layer " + layer + " over steps");
        if (!series.hasPlacements()) {
            return;
        }
        int ranks = Math.max(2, series.ranks());
        StepHeatMap.Scale holders = new StepHeatMap.Scale("ranks", 1, ranks, PALE_TO_ORANGE);
        page.picture(
                StepHeatMap.draw(
                        "Layer " + layer
                                + (owned()
                                        ? ": ranks that have each expert, owner and copies"
                                        : ": ranks that put each expert together from slices"),
                        series.holders()[layer],
                        series.bins(),
                        holders),
                "number of ranks that have each expert of layer " + layer + " over steps");
        if (owned()) {
            addOwners(layer, ranks);
        }
    }

    private void addOwners(int layer, int ranks) throws IOException {
        StepHeatMap.Scale owner = new StepHeatMap.Scale("rank", 0, ranks - 1.0, BY_RANK);
        page.picture(
                StepHeatMap.draw(
                        "Layer " + layer + ": owner of each expert",
                        doubles(series.owner()[layer]),
                        series.bins(),
                        owner),
                "owner of each expert of layer " + layer + " over steps");
    }

    private static double[][] percent(double[][] shares) {
        return Arrays.stream(shares)
                .map(bin -> Arrays.stream(bin)
                        .map(share -> Math.round(1000 * share) / 10.0)
                        .toArray())
                .toArray(double[][]::new);
    }

    private static double[][] doubles(int[][] values) {
        return Arrays.stream(values)
                .map(bin -> Arrays.stream(bin).asDoubleStream().toArray())
                .toArray(double[][]::new);
    }

    private void addDecisions(Path decisions) throws IOException {
        List<String> lines = Files.exists(decisions) ? Files.readAllLines(decisions) : List.of();
        page.heading("Decisions");
        if (lines.isEmpty()) {
            page.paragraph(
                    owned() ? "No expert was copied or moved." : "No expert was put together on more than one rank.");
            return;
        }
        List<String> last = lines.subList(Math.max(0, lines.size() - MOST_DECISIONS), lines.size());
        String which = last.size() < lines.size()
                ? "the last " + last.size() + " of " + lines.size()
                : lines.size() + " in all";
        page.preformatted(which, String.join("\n", last));
    }
}
