package io.witan.benchmarks.quality;

import io.witan.launcher.exit.ExitCode;
import io.witan.models.metric.Interval;
import io.witan.models.metric.SeedMean;
import io.witan.runtime.metrics.MetricsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;

/**
 * {@code CompareQuality FOLDER SEEDS SIDE...} prints the table of the runs that {@code quality.sh} left in {@code FOLDER/SIDE.SEED}: of each figure the
 * mean over seeds with its 95 % interval, and how much more the first side has than each other one with the same seed.
 */
public final class CompareQuality {
    private CompareQuality() {}

    public static void main(String[] words) {
        if (words.length < 3) {
            System.err.println("usage: CompareQuality FOLDER SEEDS SIDE...");
            System.exit(ExitCode.USAGE.code());
        }
        try {
            int seeds = Integer.parseInt(words[1]);
            List<String> sides = Arrays.asList(words).subList(2, words.length);
            List<List<SequencedMap<String, Double>>> runs = new ArrayList<>();
            for (String side : sides) {
                List<SequencedMap<String, Double>> ofSide = new ArrayList<>();
                for (int seed = 1; seed <= seeds; seed++) {
                    ofSide.add(RunFigures.read(Path.of(words[0], side + "." + seed)));
                }
                runs.add(ofSide);
            }
            System.out.print(table(sides, runs));
        } catch (MetricsException | IllegalArgumentException broken) {
            System.err.println("CompareQuality: " + broken.getMessage());
            System.exit(ExitCode.DATA.code());
        }
    }

    /**
     * One line a figure, in Markdown.
     *
     * @param runs [side][seed] figures by name
     * @throws IllegalArgumentException if a run has other figures than the first
     */
    static String table(List<String> sides, List<List<SequencedMap<String, Double>>> runs) {
        SequencedMap<String, Double> first = runs.getFirst().getFirst();
        StringBuilder text = new StringBuilder("| figure |");
        sides.forEach(side -> text.append(' ').append(side).append(" |"));
        sides.stream().skip(1).forEach(side -> text.append(' ')
                .append(sides.getFirst())
                .append(" less ")
                .append(side)
                .append(" |"));
        text.append("\n|---|").append("--:|".repeat(2 * sides.size() - 1)).append('\n');
        for (String figure : first.sequencedKeySet()) {
            List<double[]> ofSides = new ArrayList<>();
            for (int side = 0; side < sides.size(); side++) {
                ofSides.add(values(sides.get(side), runs.get(side), figure));
            }
            text.append("| ").append(figure).append(" |");
            ofSides.forEach(values -> text.append(cell("%.3f", values)));
            for (double[] other : ofSides.subList(1, ofSides.size())) {
                double[] more = other.clone();
                Arrays.setAll(more, seed -> ofSides.getFirst()[seed] - other[seed]);
                text.append(cell("%+.3f", more));
            }
            text.append('\n');
        }
        return text.toString();
    }

    private static double[] values(String side, List<SequencedMap<String, Double>> runs, String figure) {
        return runs.stream()
                .mapToDouble(run -> {
                    Double value = run.get(figure);
                    if (value == null) {
                        throw new IllegalArgumentException("a run of " + side + " has no figure \"" + figure + "\"");
                    }
                    return value;
                })
                .toArray();
    }

    /** Mean, and its interval if there are several values. */
    private static String cell(String format, double[] values) {
        Interval mean = SeedMean.of(values);
        String interval = values.length == 1 ? "" : " [" + format + ", " + format + "]";
        return String.format(Locale.ROOT, " " + format + interval + " |", mean.value(), mean.low(), mean.high());
    }
}
