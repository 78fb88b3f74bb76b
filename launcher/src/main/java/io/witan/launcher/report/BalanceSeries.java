package io.witan.launcher.report;

import io.witan.runtime.metrics.LoadMetrics;
import io.witan.runtime.metrics.MetricsReader;
import io.witan.runtime.metrics.PlacementMetrics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Loads and placements of a run by bins of steps.
 *
 * @param share [layer][bin][expert] share of the layer's assignments, 0..1
 * @param holders [layer][bin][expert] mean number of ranks that have the expert; empty if no placement was recorded
 * @param owner [layer][bin][expert] owner at the end of the bin; empty likewise
 * @param ranks of the run, as far as placements name them
 * @param ownerChanges experts that changed their owner, over all layers and steps
 */
record BalanceSeries(
        StepBins bins, double[][][] share, double[][][] holders, int[][][] owner, int ranks, long ownerChanges) {
    private static final int MOST_BINS = 100;

    /** Whether there are loads to show. */
    static boolean present(MetricsReader metrics) {
        return metrics.loads().stream()
                .anyMatch(line -> line.expertLoad().length > 0 && line.expertLoad()[0].length > 0);
    }

    /** Of the layers and experts that the first line of loads has; lines of another shape are passed over. */
    static BalanceSeries of(MetricsReader metrics) {
        LoadMetrics model = metrics.loads().stream()
                .filter(line -> line.expertLoad().length > 0 && line.expertLoad()[0].length > 0)
                .findFirst()
                .orElseThrow();
        int layers = model.expertLoad().length;
        int experts = model.expertLoad()[0].length;
        List<LoadMetrics> lines = metrics.loads().stream()
                .filter(line -> line.expertLoad().length == layers
                        && Arrays.stream(line.expertLoad()).allMatch(load -> load.length == experts))
                .toList();
        StepBins bins = StepBins.of(
                lines.getFirst().step(),
                Math.max(lines.getFirst().step(), lines.getLast().step()),
                MOST_BINS);
        double[][][] share = shares(lines, bins, layers, experts);
        PlacementTrack track = PlacementTrack.of(metrics.placements(), bins, layers, experts);
        return new BalanceSeries(bins, share, track.holders(), track.owner(), track.ranks(), track.ownerChanges());
    }

    private static double[][][] shares(List<LoadMetrics> lines, StepBins bins, int layers, int experts) {
        double[][][] sums = new double[layers][bins.count()][experts];
        for (LoadMetrics line : lines) {
            for (int l = 0; l < layers; l++) {
                for (int e = 0; e < experts; e++) {
                    sums[l][bins.binOf(line.step())][e] += line.expertLoad()[l][e];
                }
            }
        }
        for (double[][] layer : sums) {
            for (double[] bin : layer) {
                double sum = Arrays.stream(bin).sum();
                for (int e = 0; e < bin.length && sum > 0; e++) {
                    bin[e] /= sum;
                }
            }
        }
        return sums;
    }

    /** Layers by how much their experts differ over the run, the most uneven first. */
    List<Integer> unevenFirst() {
        double[] largest = new double[share.length];
        for (int l = 0; l < share.length; l++) {
            for (double[] bin : share[l]) {
                largest[l] += Arrays.stream(bin).max().orElse(0);
            }
        }
        return IntStream.range(0, share.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer l) -> -largest[l]).thenComparingInt(l -> l))
                .toList();
    }

    boolean hasPlacements() {
        return holders.length > 0;
    }

    /** Where experts were, step by step, from the lines that tell changes. */
    private record PlacementTrack(double[][][] holders, int[][][] owner, int ranks, long ownerChanges) {
        static PlacementTrack of(List<PlacementMetrics> lines, StepBins bins, int layers, int experts) {
            if (lines.isEmpty()) {
                return new PlacementTrack(new double[0][][], new int[0][][], 0, 0);
            }
            double[][][] holders = new double[layers][bins.count()][experts];
            int[][][] owner = new int[layers][bins.count()][experts];
            List<List<List<Integer>>> now = new ArrayList<>(Collections.nCopies(layers, null));
            int ranks = 0;
            long changes = 0;
            int next = 0;
            for (int b = 0; b < bins.count(); b++) {
                for (long step = bins.begin(b); step < bins.begin(b) + bins.width(); step++) {
                    while (next < lines.size() && lines.get(next).step() <= step) {
                        changes += apply(lines.get(next++), now, experts);
                    }
                    add(now, holders, owner, b, bins.width());
                }
            }
            for (PlacementMetrics line : lines) {
                ranks = Math.max(ranks, highest(line) + 1);
            }
            return new PlacementTrack(holders, owner, ranks, changes);
        }

        /** Returns how many experts have another owner now. */
        private static long apply(PlacementMetrics line, List<List<List<Integer>>> now, int experts) {
            long changes = 0;
            for (PlacementMetrics.LayerPlacement layer : line.layers()) {
                if (layer.layer() < 0
                        || layer.layer() >= now.size()
                        || layer.holders().size() != experts) {
                    continue;
                }
                List<List<Integer>> before = now.set(layer.layer(), layer.holders());
                for (int e = 0; before != null && e < experts; e++) {
                    changes += before.get(e)
                                    .getFirst()
                                    .equals(layer.holders().get(e).getFirst())
                            ? 0
                            : 1;
                }
            }
            return changes;
        }

        private static void add(
                List<List<List<Integer>>> now, double[][][] holders, int[][][] owner, int bin, long width) {
            for (int l = 0; l < holders.length; l++) {
                for (int e = 0; now.get(l) != null && e < holders[l][bin].length; e++) {
                    holders[l][bin][e] += (double) now.get(l).get(e).size() / width;
                    owner[l][bin][e] = now.get(l).get(e).getFirst();
                }
            }
        }

        private static int highest(PlacementMetrics line) {
            return line.layers().stream()
                    .flatMap(layer -> layer.holders().stream())
                    .flatMap(List::stream)
                    .mapToInt(Integer::intValue)
                    .max()
                    .orElse(0);
        }
    }
}
