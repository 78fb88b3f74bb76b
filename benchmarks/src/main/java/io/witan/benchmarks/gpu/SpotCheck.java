package io.witan.benchmarks.gpu;

import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Compares some elements of a result: the root of the summed squares of their errors, over that of their values. */
final class SpotCheck {
    /** Exact products, sums in fp32. */
    static final double FP32 = 1e-3;

    /** Results or intermediate values rounded to bf16, each off by up to 2^-9 of itself. */
    static final double BF16 = 5e-3;

    /** Several such roundings in a row. */
    static final double BF16_CHAIN = 2e-2;

    private static final int SAMPLES = 48;

    private final String what;
    private final double bound;
    private double errors;
    private double squares;
    private int compared;

    SpotCheck(String what, double bound) {
        this.what = what;
        this.bound = bound;
    }

    void compare(double expected, double found) {
        errors += (found - expected) * (found - expected);
        squares += expected * expected;
        compared++;
    }

    /** @throws WrongResultException if they differ by more than the bound, one is no number, or none was compared */
    void finish() {
        double error = errors == 0 ? 0 : Math.sqrt(errors / squares);
        if (!(error <= bound) || compared == 0) {
            throw new WrongResultException(String.format(
                    Locale.ROOT,
                    "%s: relative error %.2e over %d elements, allowed %.0e",
                    what,
                    error,
                    compared,
                    bound));
        }
    }

    /** Different numbers from 0 to count - 1 or all of them: the first, the last, and some between. */
    static int[] some(int count, int most) {
        SplittableRandom random = new SplittableRandom(count);
        return IntStream.concat(IntStream.of(0, count - 1), random.ints(0, count))
                .limit(Math.min(most, 4L * count))
                .distinct()
                .toArray();
    }

    /** As many as a check takes. */
    static int[] some(int count) {
        return some(count, SAMPLES);
    }
}
