package io.witan.benchmarks.gpu;

import io.witan.kernels.cuda.device.DeviceTimer;
import java.util.Arrays;

/**
 * Times of one case's calls in seconds, sorted.
 *
 * @param laps one or more
 */
record Timing(double[] laps) {
    private static final int WARM_UP = 3;
    private static final int LEAST_ROUNDS = 7;
    private static final int MOST_ROUNDS = 101;

    /** Calls the case for about so long and times each call; all are queued before the device is waited for. */
    static Timing of(Case timed, DeviceTimer timer, double seconds) {
        double[] warm = laps(timed, timer, WARM_UP);
        double rounds = seconds / Math.max(1e-9, warm[warm.length - 1]);
        double[] laps = laps(timed, timer, (int) Math.max(LEAST_ROUNDS, Math.min(MOST_ROUNDS, rounds)));
        Arrays.sort(laps);
        return new Timing(laps);
    }

    private static double[] laps(Case timed, DeviceTimer timer, int rounds) {
        for (int round = 0; round < rounds; round++) {
            int set = round % timed.sets();
            timed.steps().prepare(set);
            timer.start();
            timed.steps().call(set);
            timer.stop();
        }
        return timer.laps();
    }

    double median() {
        int n = laps.length;
        return (laps[(n - 1) / 2] + laps[n / 2]) / 2;
    }

    double least() {
        return laps[0];
    }

    /** Nine tenths of the calls took no longer. */
    double most() {
        return laps[(laps.length - 1) * 9 / 10];
    }
}
