package io.witan.models.metric;

import java.util.Locale;

/**
 * A measured value with its 95 % interval.
 *
 * @param value measured
 * @param low end of the interval
 * @param high end
 */
public record Interval(double value, double low, double high) {
    /** {@code 0.512 [0.448, 0.576]}. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.3f [%.3f, %.3f]", value, low, high);
    }
}
