package io.witan.benchmarks.collectives;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Compares alternating runs of Witan and Open MPI: {@code CompareCollectives FOLDER} reads {@code witan-N.jsonl},
 * {@code mpi-cma-N.jsonl} and {@code mpi-none-N.jsonl} for N = 1, 2, ... A line of Open MPI is the faster of its two.
 */
public final class CompareCollectives {
    private CompareCollectives() {}

    public static void main(String[] folders) {
        if (folders.length != 1) {
            System.err.println("usage: CompareCollectives FOLDER");
            System.exit(2);
        }
        try {
            List<Map<Key, Double>> ours = new ArrayList<>();
            List<Map<Key, Double>> theirs = new ArrayList<>();
            Path folder = Path.of(folders[0]);
            for (int pair = 1; Files.exists(folder.resolve("witan-" + pair + ".jsonl")); pair++) {
                ours.add(medians(folder.resolve("witan-" + pair + ".jsonl")));
                theirs.add(faster(
                        medians(folder.resolve("mpi-cma-" + pair + ".jsonl")),
                        medians(folder.resolve("mpi-none-" + pair + ".jsonl"))));
            }
            print(compare(ours, theirs));
        } catch (IOException | IllegalArgumentException unreadable) {
            System.err.println("CompareCollectives: " + unreadable.getMessage());
            System.exit(5);
        }
    }

    /** What makes two lines comparable. */
    record Key(String op, boolean inPlace, long bytes) {}

    /** Medians over pairs, microseconds; ratios are ours over theirs of the same pair. */
    record Line(Key key, int pairs, double oursUs, double theirsUs, double ratio, double least, double most) {}

    /** One line for each key that both sides have in a pair, in the order of our first run. */
    static List<Line> compare(List<Map<Key, Double>> ours, List<Map<Key, Double>> theirs) {
        List<Line> lines = new ArrayList<>();
        if (ours.isEmpty()) {
            return lines;
        }
        for (Key key : ours.getFirst().keySet()) {
            List<double[]> pairs = new ArrayList<>();
            for (int pair = 0; pair < Math.min(ours.size(), theirs.size()); pair++) {
                Double our = ours.get(pair).get(key);
                Double their = theirs.get(pair).get(key);
                if (our != null && their != null) {
                    pairs.add(new double[] {our, their});
                }
            }
            if (!pairs.isEmpty()) {
                double[] ratios = pairs.stream()
                        .mapToDouble(pair -> pair[0] / pair[1])
                        .sorted()
                        .toArray();
                lines.add(new Line(
                        key,
                        pairs.size(),
                        median(pairs.stream().mapToDouble(pair -> pair[0]).toArray()),
                        median(pairs.stream().mapToDouble(pair -> pair[1]).toArray()),
                        median(ratios),
                        ratios[0],
                        ratios[ratios.length - 1]));
            }
        }
        return lines;
    }

    /** For each key the smaller of the times that there are. */
    static Map<Key, Double> faster(Map<Key, Double> one, Map<Key, Double> other) {
        Map<Key, Double> faster = new LinkedHashMap<>(one);
        other.forEach((key, time) -> faster.merge(key, time, Math::min));
        return faster;
    }

    /**
     * p50 of each line, the least where a file has a line twice (two ways to do the same); empty if there is no such file.
     * Rows with wrong elements are refused.
     */
    private static Map<Key, Double> medians(Path file) throws IOException {
        Map<Key, Double> medians = new LinkedHashMap<>();
        if (!Files.exists(file)) {
            return medians;
        }
        for (String json : Files.readAllLines(file)) {
            BenchRow row = BenchRow.fromJson(json);
            if (row.wrong() != 0) {
                throw new IllegalArgumentException(file + ": " + row.op() + " of " + row.bytes()
                        + " B was not verified or is wrong (wrong=" + row.wrong() + ")");
            }
            medians.merge(new Key(row.op(), row.inPlace(), row.bytes()), row.p50Us(), Math::min);
        }
        return medians;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static void print(List<Line> lines) {
        System.out.println("| operation | io | bytes | Witan, us | Open MPI, us | ratio | least..most | pairs |");
        System.out.println("|---|---|--:|--:|--:|--:|--:|--:|");
        for (Line line : lines) {
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %s | %d | %.2f | %.2f | %.2f | %.2f..%.2f | %d |%n",
                    line.key().op(),
                    line.key().inPlace() ? "in" : "out",
                    line.key().bytes(),
                    line.oursUs(),
                    line.theirsUs(),
                    line.ratio(),
                    line.least(),
                    line.most(),
                    line.pairs());
        }
    }
}
