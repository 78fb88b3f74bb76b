package io.witan.runtime.profile;

import java.util.Arrays;

/** Figures of measurements that ranks can share and runs can repeat. */
final class Figures {
    private static final int BASE = 10;
    private static final int TWO_DIGITS = 100;

    private Figures() {}

    /** @param values at least one */
    static long median(long[] values) {
        long[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** Two significant digits, not below the value. */
    static long roundUp(long value) {
        long unit = unit(value);
        return Math.ceilDiv(value, unit) * unit;
    }

    /** Two significant digits, not above the value, and at least 1. */
    static long roundDown(long value) {
        long unit = unit(value);
        return Math.max(1, value / unit * unit);
    }

    private static long unit(long value) {
        long unit = 1;
        while (value / unit >= TWO_DIGITS) {
            unit *= BASE;
        }
        return unit;
    }
}
