package io.witan.scheduler.predict;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Predicts the next step's load of every expert as the mean of the last w samples (Hecate, section 4.2). A sample is
 * load[l][e] = token assignments of all ranks to expert e of layer l, counted after top-k and before any drop. Because
 * planners use proportions only, the prediction is the sum over the window, not the mean: int64, exact, alike on all ranks.
 *
 * <p>Not thread-safe: one thread at a time. Arrays are copied on the way in and out.
 */
public final class LoadPredictor {
    /** Window of the paper. */
    public static final int DEFAULT_WINDOW = 5;

    private final int layers;
    private final int experts;
    private final int window;
    private final ArrayDeque<long[][]> samples;
    private final long[][] sums;

    /**
     * @param window samples to look back on, at least 1
     * @throws IllegalArgumentException if a number is below 1
     */
    public LoadPredictor(int layers, int experts, int window) {
        if (layers < 1 || experts < 1 || window < 1) {
            throw new IllegalArgumentException("load predictor needs layers, experts and window of at least 1, got "
                    + layers + ", " + experts + ", " + window);
        }
        this.layers = layers;
        this.experts = experts;
        this.window = window;
        this.samples = new ArrayDeque<>();
        this.sums = new long[layers][experts];
    }

    /**
     * A predictor that goes on where another stopped: it predicts exactly alike.
     *
     * @param history oldest first, as {@link #history()} gave it; of a history longer than the window the newest samples count
     * @throws IllegalArgumentException if a sample has another shape or a load out of range
     */
    public static LoadPredictor resume(int layers, int experts, int window, List<long[][]> history) {
        LoadPredictor predictor = new LoadPredictor(layers, experts, window);
        for (long[][] sample : history) {
            predictor.record(sample);
        }
        return predictor;
    }

    /**
     * Takes one sample in; the oldest one leaves when the window is full.
     *
     * @param loads loads[l][e] in 0 .. (2^63-1) / (window x experts); copied
     * @throws IllegalArgumentException on another shape or a load out of range; nothing is recorded then
     */
    public void record(long[][] loads) {
        long[][] sample = checkedCopy(loads);
        if (samples.size() == window) {
            addToSums(samples.removeFirst(), -1);
        }
        samples.addLast(sample);
        addToSums(sample, 1);
    }

    /** Sums over the window, [l][e]: proportional to the mean. All zero if nothing was recorded. Owned by the caller. */
    public long[][] predict() {
        return copy(sums);
    }

    /** Samples in the window, oldest first, at most w. Owned by the caller. */
    public List<long[][]> history() {
        List<long[][]> copies = new ArrayList<>(samples.size());
        for (long[][] sample : samples) {
            copies.add(copy(sample));
        }
        return copies;
    }

    /**
     * How far a prediction was from what came: total variation distance of the two load distributions of a layer,
     * half the sum of |predicted share - observed share|. For reports, not for decisions.
     *
     * @return 0 (same proportions) .. 1 (disjoint); two all-zero loads differ by 0, one all-zero load and another by 1
     * @throws IllegalArgumentException if the lengths differ or a load is negative
     */
    public static double predictionError(long[] predicted, long[] observed) {
        long predictedTotal = LoadOrder.checkedTotal(predicted, observed.length);
        long observedTotal = LoadOrder.checkedTotal(observed, observed.length);
        if (predictedTotal == 0 || observedTotal == 0) {
            return predictedTotal == observedTotal ? 0 : 1;
        }
        double distance = 0;
        for (int e = 0; e < observed.length; e++) {
            distance += Math.abs((double) predicted[e] / predictedTotal - (double) observed[e] / observedTotal);
        }
        return Math.min(1, distance / 2);
    }

    private void addToSums(long[][] sample, int sign) {
        for (int l = 0; l < layers; l++) {
            for (int e = 0; e < experts; e++) {
                sums[l][e] += sign * sample[l][e];
            }
        }
    }

    private long[][] checkedCopy(long[][] loads) {
        if (loads.length != layers) {
            throw new IllegalArgumentException("loads of " + loads.length + " layers, expected " + layers);
        }
        long limit = Long.MAX_VALUE / window / experts;
        for (int l = 0; l < layers; l++) {
            if (loads[l].length != experts) {
                throw new IllegalArgumentException(
                        "layer " + l + " has loads of " + loads[l].length + " experts, expected " + experts);
            }
            for (int e = 0; e < experts; e++) {
                if (loads[l][e] < 0 || loads[l][e] > limit) {
                    throw new IllegalArgumentException(
                            "layer " + l + ", expert " + e + ": load " + loads[l][e] + ", allowed 0.." + limit);
                }
            }
        }
        return copy(loads);
    }

    private static long[][] copy(long[][] rows) {
        long[][] copies = new long[rows.length][];
        for (int l = 0; l < rows.length; l++) {
            copies[l] = rows[l].clone();
        }
        return copies;
    }
}
