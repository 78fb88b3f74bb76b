package io.witan.models.metric;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * The percentile bootstrap (Efron 1979): a statistic of rows drawn with replacement, again and again; its interval is the middle
 * 95 % of these values.
 *
 * @param draws how often; at least 40, so that a tail has a value
 * @param seed of the draws
 */
public record Bootstrap(int draws, long seed) {
    private static final double TAIL = 0.025;

    public Bootstrap {
        if (draws < 1 / TAIL) {
            throw new IllegalArgumentException(draws + " draws have no tail of 2.5 %");
        }
    }

    /**
     * The interval of a statistic.
     *
     * @param rows at least 1
     * @param statistic of [rows] numbers of rows; its value is that of all rows, each once
     */
    public Interval interval(int rows, ToDoubleFunction<int[]> statistic) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] values = new double[draws];
        int[] drawn = new int[rows];
        for (int draw = 0; draw < draws; draw++) {
            Arrays.setAll(drawn, i -> random.nextInt(rows));
            values[draw] = statistic.applyAsDouble(drawn);
        }
        Arrays.sort(values);
        int tail = (int) Math.floor(TAIL * draws);
        double value = statistic.applyAsDouble(IntStream.range(0, rows).toArray());
        return new Interval(value, values[tail], values[draws - 1 - tail]);
    }

    /** The interval of a mean. @param values of the rows, at least one */
    public Interval mean(double[] values) {
        return interval(
                values.length,
                rows -> Arrays.stream(rows).mapToDouble(row -> values[row]).sum() / rows.length);
    }
}
