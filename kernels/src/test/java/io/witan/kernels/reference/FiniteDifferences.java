package io.witan.kernels.reference;

import java.util.function.ToDoubleFunction;

/** Checks a gradient against central differences of the function itself, all in double. */
public final class FiniteDifferences {
    private static final double STEP = 1e-5;
    private static final double ALLOWED = 1e-7;

    private FiniteDifferences() {}

    /** @throws AssertionError naming the first element that differs */
    public static void check(String what, ToDoubleFunction<double[]> loss, double[] x, double[] gradient) {
        double largest = 1;
        for (double g : gradient) {
            largest = Math.max(largest, Math.abs(g));
        }
        for (int i = 0; i < x.length; i++) {
            double[] up = x.clone();
            double[] down = x.clone();
            up[i] += STEP;
            down[i] -= STEP;
            double slope = (loss.applyAsDouble(up) - loss.applyAsDouble(down)) / (up[i] - down[i]);
            if (!(Math.abs(slope - gradient[i]) <= ALLOWED * largest)) {
                throw new AssertionError(what + "[" + i + "]: gradient " + gradient[i] + ", differences give " + slope);
            }
        }
    }
}
