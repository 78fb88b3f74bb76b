package io.witan.benchmarks.gpu;

/** What activations are, in double. */
final class Functions {
    private Functions() {}

    /** Standard normal distribution; 1e-7 exact (Abramowitz and Stegun, 7.1.26). */
    private static double normal(double x) {
        double z = Math.abs(x) / Math.sqrt(2);
        double t = 1 / (1 + 0.3275911 * z);
        double polynomial =
                t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
        double tail = polynomial * Math.exp(-z * z) / 2;
        return x < 0 ? tail : 1 - tail;
    }

    static double gelu(double x) {
        return x * normal(x);
    }

    static double geluSlope(double x) {
        return normal(x) + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }

    static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    static double silu(double x) {
        return x * sigmoid(x);
    }

    static double siluSlope(double x) {
        return sigmoid(x) * (1 + x * (1 - sigmoid(x)));
    }
}
