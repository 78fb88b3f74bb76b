package io.witan.benchmarks.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The report of {@code train.sh}: tokens a second of recipe peer by Witan and by libtorch, and how far their losses are apart.
 * Ends with code 9 if they are further apart than {@value #LOSS_TOLERANCE} of their size: then different things were timed.
 */
public final class CompareTraining {
    /** Steps that a JVM and libtorch's allocator get to warm up. */
    private static final int WARM_UP = 5;

    private static final double LOSS_TOLERANCE = 1e-4;
    private static final int WRONG_RESULT = 9;
    private static final JsonMapper JSON = new JsonMapper();

    private final Path folder;
    private double lossDistance;

    private CompareTraining(Path folder) {
        this.folder = folder;
    }

    /** @param args the folder with the metrics, SIDE.PAIR.jsonl */
    public static void main(String[] args) throws IOException {
        CompareTraining report = new CompareTraining(Path.of(args[0]));
        System.out.println("| threads | Witan, tokens/s | libtorch, tokens/s | ratio | least, most | pairs |");
        System.out.println("|--:|--:|--:|--:|--:|--:|");
        report.line("1", report.read("witan-1"), List.of(report.read("libtorch-1")));
        report.line("2", report.read("witan-2"), List.of(report.read("libtorch-2a"), report.read("libtorch-2b")));
        System.out.printf(
                Locale.ROOT,
                "%nTokens a second: of the median step of a run after %d, the median over pairs. Ratio: inside each pair, with two threads"
                        + " against the faster setting of libtorch; Witan runs them as two ranks. Losses differ by at most %.1e of"
                        + " their size.%n",
                WARM_UP,
                report.lossDistance);
        if (!(report.lossDistance <= LOSS_TOLERANCE)) {
            System.err.println("compare: the losses of the two sides differ by more than " + LOSS_TOLERANCE);
            System.exit(WRONG_RESULT);
        }
    }

    private void line(String threads, Map<Integer, Run> witan, List<Map<Integer, Run>> rivals) {
        Map<Integer, Double> seconds = new TreeMap<>();
        Map<Integer, Double> best = new TreeMap<>();
        witan.forEach((pair, run) -> seconds.put(pair, run.secondsPerToken));
        for (Map<Integer, Run> rival : rivals) {
            rival.forEach((pair, run) -> {
                best.merge(pair, run.secondsPerToken, Math::min);
                lossDistance = Math.max(lossDistance, run.distance(witan.get(pair)));
            });
        }
        PairedRatio ratio = PairedRatio.of(best, seconds);
        System.out.printf(
                Locale.ROOT,
                "| %s | %.0f | %.0f | %.2f | %.2f, %.2f | %d |%n",
                threads,
                1 / PairedRatio.medianOf(seconds),
                1 / PairedRatio.medianOf(best),
                ratio.median(),
                ratio.least(),
                ratio.most(),
                ratio.pairs());
    }

    /** Median time of a token after the warm-up, and the losses of all steps. */
    private record Run(double secondsPerToken, List<Double> losses) {
        double distance(Run other) {
            if (other == null || other.losses.size() != losses.size()) {
                return Double.POSITIVE_INFINITY;
            }
            double distance = 0;
            for (int i = 0; i < losses.size(); i++) {
                double d = Math.abs(losses.get(i) - other.losses.get(i)) / Math.abs(losses.get(i));
                distance = Double.isNaN(d) ? Double.POSITIVE_INFINITY : Math.max(distance, d);
            }
            return distance;
        }
    }

    /** All runs of a side, by pair. */
    private Map<Integer, Run> read(String side) throws IOException {
        Map<Integer, Run> runs = new TreeMap<>();
        for (int pair = 1; Files.exists(file(side, pair)); pair++) {
            runs.put(pair, read(file(side, pair)));
        }
        return runs;
    }

    private Path file(String side, int pair) {
        return folder.resolve(side + "." + pair + ".jsonl");
    }

    private static Run read(Path file) throws IOException {
        List<Double> losses = new ArrayList<>();
        List<Double> times = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            JsonNode json = JSON.readTree(line);
            if (json.has("tokens_per_s")) {
                losses.add(json.get("loss").asDouble());
                times.add(1 / json.get("tokens_per_s").asDouble());
            }
        }
        double[] timed =
                times.stream().skip(WARM_UP).mapToDouble(Double::doubleValue).toArray();
        return new Run(PairedRatio.medianOf(timed), losses);
    }
}
