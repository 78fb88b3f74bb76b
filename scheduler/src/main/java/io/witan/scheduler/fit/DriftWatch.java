package io.witan.scheduler.fit;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks for {@link Drift} in timings as they come, one window of them after another. One thread. */
public final class DriftWatch {
    private final int window;
    private final double tolerance;
    private final List<Sample> recent = new ArrayList<>();
    private int toSkip;
    /** What timings should be like; null: as those of the next window. */
    private LinearFit fit;

    private DriftWatch(LinearFit fit, int window, double tolerance, int toSkip) {
        if (window < 2 || !(tolerance > 0)) {
            throw new IllegalArgumentException("watch over " + window + " timings with tolerance " + tolerance
                    + "; allowed 2 or more timings and a tolerance above 0");
        }
        this.fit = fit;
        this.window = window;
        this.tolerance = tolerance;
        this.toSkip = toSkip;
    }

    /**
     * Against a line.
     *
     * @param window timings that are judged together, 2 or more
     * @param tolerance as in {@link Drift#of}
     */
    public static DriftWatch against(LinearFit fit, int window, double tolerance) {
        return new DriftWatch(fit, window, tolerance, 0);
    }

    /**
     * Of timings of one and the same work against the first of them.
     *
     * @param warmUp timings before those, which say nothing
     */
    public static DriftWatch againstFirst(int warmUp, int window, double tolerance) {
        return new DriftWatch(null, window, tolerance, warmUp);
    }

    /**
     * Takes one more timing.
     *
     * @return the drift, when a window is full and has drifted; what follows is compared with that window then
     */
    public Optional<Drift> observe(Sample measured) {
        if (toSkip > 0) {
            toSkip--;
            return Optional.empty();
        }
        recent.add(measured);
        if (recent.size() < window) {
            return Optional.empty();
        }
        List<Sample> full = List.copyOf(recent);
        recent.clear();
        if (fit == null) {
            fit = constant(full);
            return Optional.empty();
        }
        Drift drift = Drift.of(fit, full, tolerance);
        if (!drift.refit()) {
            return Optional.empty();
        }
        fit = scaled(1 + drift.relative());
        return Optional.of(drift);
    }

    private static LinearFit constant(List<Sample> samples) {
        double mean = samples.stream().mapToDouble(Sample::ms).average().orElseThrow();
        double squares = 0;
        for (Sample sample : samples) {
            squares += (sample.ms() - mean) * (sample.ms() - mean);
        }
        return new LinearFit(new LinearTime(mean, 0), 0, Math.sqrt(squares / (samples.size() - 1)), samples.size());
    }

    private LinearFit scaled(double factor) {
        return new LinearFit(fit.time().times(factor), fit.r2(), fit.residualMs(), fit.samples());
    }
}
