package io.witan.scheduler.gradient;

import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/**
 * Minimises a function over a box (Storn and Price 1997, strategy best/1/bin with a scale drawn anew for each generation). Same seed,
 * same answer.
 *
 * @param perDimension members for each dimension
 * @param generations at most
 * @param tolerance it ends when the deviation of the members' values is below this share of their mean
 */
record DifferentialEvolution(long seed, int perDimension, int generations, double tolerance) {
    private static final double LEAST_SCALE = 0.5;
    private static final double CROSSOVER = 0.7;
    private static final int LEAST_MEMBERS = 5;

    /** The paper's optimiser as it comes, with a seed. */
    static final DifferentialEvolution PAPER = new DifferentialEvolution(0, 15, 200, 1e-6);

    /** @param upper of each variable; the lower bound is 0 */
    double[] minimise(ToDoubleFunction<double[]> function, double[] upper) {
        SplittableRandom random = new SplittableRandom(seed);
        int dimension = upper.length;
        double[][] members = new double[Math.max(LEAST_MEMBERS, perDimension * dimension)][dimension];
        double[] values = new double[members.length];
        int best = 0;
        for (int m = 0; m < members.length; m++) {
            for (int d = 0; d < dimension; d++) {
                members[m][d] = random.nextDouble() * upper[d];
            }
            values[m] = function.applyAsDouble(members[m]);
            best = values[m] < values[best] ? m : best;
        }
        for (int generation = 0; generation < generations && !agree(values); generation++) {
            double scale = LEAST_SCALE + (1 - LEAST_SCALE) * random.nextDouble();
            for (int m = 0; m < members.length; m++) {
                double[] trial = trial(random, members, new int[] {m, best}, scale, upper);
                double value = function.applyAsDouble(trial);
                if (value <= values[m]) {
                    members[m] = trial;
                    values[m] = value;
                    best = value < values[best] ? m : best;
                }
            }
        }
        return members[best].clone();
    }

    private static double[] trial(
            SplittableRandom random, double[][] members, int[] selfAndBest, double scale, double[] upper) {
        int self = selfAndBest[0];
        int first = other(random, members.length, self, self);
        int second = other(random, members.length, self, first);
        double[] trial = members[self].clone();
        int always = random.nextInt(upper.length);
        for (int d = 0; d < upper.length; d++) {
            if (d == always || random.nextDouble() < CROSSOVER) {
                double moved = members[selfAndBest[1]][d] + scale * (members[first][d] - members[second][d]);
                trial[d] = moved < 0 || moved > upper[d] ? random.nextDouble() * upper[d] : moved;
            }
        }
        return trial;
    }

    private static int other(SplittableRandom random, int count, int one, int another) {
        int drawn = random.nextInt(count);
        while (drawn == one || drawn == another) {
            drawn = random.nextInt(count);
        }
        return drawn;
    }

    private boolean agree(double[] values) {
        double mean = 0;
        for (double value : values) {
            mean += value / values.length;
        }
        double squares = 0;
        for (double value : values) {
            squares += (value - mean) * (value - mean);
        }
        return Math.sqrt(squares / values.length) <= tolerance * Math.abs(mean);
    }
}
