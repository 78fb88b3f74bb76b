package io.witan.benchmarks.compare;

import java.util.Locale;

/** Whether a measured value reaches its target. */
record Verdict(boolean passes, String text) {
    private static final Verdict NOT_MEASURED = new Verdict(false, "not measured");

    /** @param ratio null: no pair has both sides
     *  @param limitShare share of the limit that was reached, or NaN
     *  @param enoughShare share that passes too, or NaN */
    static Verdict atLeast(PairedRatio ratio, double target, double limitShare, double enoughShare) {
        if (ratio == null) {
            return NOT_MEASURED;
        }
        if (ratio.median() >= target) {
            return new Verdict(true, "ok");
        }
        if (limitShare >= enoughShare) {
            return new Verdict(true, "ok by the limit");
        }
        return missed(1 - ratio.median() / target);
    }

    static Verdict atMost(double us, double target) {
        return us <= target ? new Verdict(true, "ok") : missed(us / target - 1);
    }

    private static Verdict missed(double share) {
        return new Verdict(false, String.format(Locale.ROOT, "**missed** by %.0f %%", Math.ceil(100 * share)));
    }
}
