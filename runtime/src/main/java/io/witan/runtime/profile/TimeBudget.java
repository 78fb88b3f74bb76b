package io.witan.runtime.profile;

import java.util.function.LongSupplier;

/** Time that several measurements share: what one leaves, the others get. */
final class TimeBudget {
    private final LongSupplier clock;
    private final long end;
    private int left;

    /**
     * @param clock nanoseconds
     * @param budgetNs from now
     * @param shares measurements to come
     */
    TimeBudget(LongSupplier clock, long budgetNs, int shares) {
        this.clock = clock;
        this.end = clock.getAsLong() + budgetNs;
        this.left = shares;
    }

    /** Nanoseconds for the next of the measurements; 0 if there are none left. */
    long share() {
        return Math.max(0, end - clock.getAsLong()) / Math.max(1, left--);
    }
}
