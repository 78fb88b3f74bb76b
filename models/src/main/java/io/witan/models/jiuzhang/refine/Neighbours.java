package io.witan.models.jiuzhang.refine;

import java.util.Arrays;
import java.util.Comparator;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Nearest vectors by the cosine of their differences from the mean: what all have in common tells nothing of who is like whom. Searches all, in time in
 * proportion to their number. Immutable.
 */
public final class Neighbours {
    private final double[] mean;
    private final double[][] units;

    /** @param vectors [n][d], which are copied; at least one */
    public Neighbours(float[][] vectors) {
        this.mean = new double[vectors[0].length];
        for (float[] vector : vectors) {
            for (int i = 0; i < mean.length; i++) {
                mean[i] += vector[i] / (double) vectors.length;
            }
        }
        this.units = Arrays.stream(vectors).map(this::unit).toArray(double[][]::new);
    }

    private double[] unit(float[] vector) {
        double[] unit = new double[mean.length];
        double square = 0;
        for (int i = 0; i < unit.length; i++) {
            unit[i] = vector[i] - mean[i];
            square += unit[i] * unit[i];
        }
        double length = Math.sqrt(square);
        for (int i = 0; i < unit.length && length > 0; i++) {
            unit[i] /= length;
        }
        return unit;
    }

    /**
     * The nearest ones, the nearest first; of equally near ones those of lower number.
     *
     * @param vector [d]
     * @param most how many at most
     * @param allowed numbers of vectors that may be among them
     */
    public int[] nearest(float[] vector, int most, IntPredicate allowed) {
        double[] wanted = unit(vector);
        double[] cosines = new double[units.length];
        for (int n = 0; n < units.length; n++) {
            for (int i = 0; i < wanted.length; i++) {
                cosines[n] += wanted[i] * units[n][i];
            }
        }
        return IntStream.range(0, units.length)
                .filter(allowed)
                .boxed()
                .sorted(Comparator.comparingDouble(n -> -cosines[n]))
                .limit(most)
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
