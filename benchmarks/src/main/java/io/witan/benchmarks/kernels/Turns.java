package io.witan.benchmarks.kernels;

import java.util.Arrays;

/** Times things in turns, so that what the machine does meanwhile meets all of them. */
final class Turns {
    /** Rounds in a row that are not counted, while code is compiled. */
    private static final int WARM_UP = 12;

    private final double[][] seconds;

    private Turns(double[][] seconds) {
        this.seconds = seconds;
    }

    static Turns take(int rounds, Runnable... sides) {
        double[][] seconds = new double[sides.length][rounds];
        for (int round = -WARM_UP; round < rounds; round++) {
            for (int side = 0; side < sides.length; side++) {
                long begin = System.nanoTime();
                sides[side].run();
                double taken = (System.nanoTime() - begin) * 1e-9;
                if (round >= 0) {
                    seconds[side][round] = taken;
                }
            }
        }
        return new Turns(seconds);
    }

    /** Median time of a side. */
    double seconds(int side) {
        return median(seconds[side].clone());
    }

    /** Median over rounds of how often {@code side} fits into {@code other}. */
    double times(int side, int other) {
        double[] ratios = new double[seconds[side].length];
        Arrays.setAll(ratios, round -> seconds[other][round] / seconds[side][round]);
        return median(ratios);
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        int n = values.length;
        return (values[(n - 1) / 2] + values[n / 2]) / 2;
    }
}
