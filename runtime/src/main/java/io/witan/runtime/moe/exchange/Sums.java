package io.witan.runtime.moe.exchange;

/** Of lengths. */
final class Sums {
    private Sums() {}

    static long of(long[] lengths) {
        long sum = 0;
        for (long length : lengths) {
            sum += length;
        }
        return sum;
    }
}
