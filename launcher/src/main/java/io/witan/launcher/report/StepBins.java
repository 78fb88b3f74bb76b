package io.witan.launcher.report;

/**
 * The steps of a run put together in at most so many bins of equal width, for pictures that have no room for each step.
 *
 * @param first step of the run
 * @param width steps of a bin
 * @param count bins
 */
record StepBins(long first, long width, int count) {
    /** Bins for the steps first .. last. */
    static StepBins of(long first, long last, int most) {
        long steps = last - first + 1;
        long width = Math.max(1, Math.ceilDiv(steps, most));
        return new StepBins(first, width, (int) Math.ceilDiv(steps, width));
    }

    int binOf(long step) {
        return Math.clamp((step - first) / width, 0, count - 1);
    }

    /** First step of a bin. */
    long begin(int bin) {
        return first + bin * width;
    }
}
