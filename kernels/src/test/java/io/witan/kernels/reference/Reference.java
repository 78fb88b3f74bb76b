package io.witan.kernels.reference;

/** The small operations in double: slow, obvious, one loop a formula. Shapes as in the kernels' interfaces. */
public final class Reference {
    private Reference() {}

    /** a [rows, inner] * b [cols, inner]^T. */
    public static double[] timesTransposed(double[] a, double[] b, int rows, int inner, int cols) {
        double[] c = new double[rows * cols];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < cols; j++) {
                for (int k = 0; k < inner; k++) {
                    c[i * cols + j] += a[i * inner + k] * b[j * inner + k];
                }
            }
        }
        return c;
    }

    /** a [rows, inner] * b [inner, cols]. */
    public static double[] times(double[] a, double[] b, int rows, int inner, int cols) {
        double[] c = new double[rows * cols];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < cols; j++) {
                for (int k = 0; k < inner; k++) {
                    c[i * cols + j] += a[i * inner + k] * b[k * cols + j];
                }
            }
        }
        return c;
    }

    /** a [inner, rows]^T * b [inner, cols]. */
    public static double[] transposedTimes(double[] a, double[] b, int rows, int inner, int cols) {
        double[] c = new double[rows * cols];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < cols; j++) {
                for (int k = 0; k < inner; k++) {
                    c[i * cols + j] += a[k * rows + i] * b[k * cols + j];
                }
            }
        }
        return c;
    }

    public static double[] plus(double[] a, double factor, double[] b) {
        double[] c = a.clone();
        for (int i = 0; i < c.length; i++) {
            c[i] += factor * b[i];
        }
        return c;
    }

    public static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    public static double[] slice(double[] a, int from, int length) {
        return java.util.Arrays.copyOfRange(a, from, from + length);
    }

    /** Phi(x): the power series in the middle, Laplace's continued fraction in the tails. */
    public static double normalCdf(double x) {
        if (x > 3) {
            return 1 - normalCdf(-x);
        }
        double density = normalDensity(x);
        if (x < -3) {
            double fraction = -x;
            for (int k = 300; k >= 1; k--) {
                fraction = -x + k / fraction;
            }
            return density / fraction;
        }
        double term = x;
        double sum = x;
        for (int k = 1; k < 100; k++) {
            term *= x * x / (2 * k + 1);
            sum += term;
        }
        return 0.5 + density * sum;
    }

    public static double normalDensity(double x) {
        return StrictMath.exp(-x * x / 2) / StrictMath.sqrt(2 * Math.PI);
    }

    public static double gelu(double x) {
        return x * normalCdf(x);
    }

    public static double geluDerivative(double x) {
        return normalCdf(x) + x * normalDensity(x);
    }

    public static double sigmoid(double x) {
        return x >= 0 ? 1 / (1 + StrictMath.exp(-x)) : StrictMath.exp(x) / (1 + StrictMath.exp(x));
    }

    public static double silu(double x) {
        return x * sigmoid(x);
    }

    public static double siluDerivative(double x) {
        return sigmoid(x) * (1 + x * sigmoid(-x));
    }

    public static double max(double[] x) {
        double max = Double.NEGATIVE_INFINITY;
        for (double v : x) {
            max = Math.max(max, v);
        }
        return max;
    }

    public static double logSumExp(double[] x) {
        double max = max(x);
        double sum = 0;
        for (double v : x) {
            sum += StrictMath.exp(v - max);
        }
        return max + StrictMath.log(sum);
    }

    public static double[] softmax(double[] x) {
        double max = max(x);
        double[] p = new double[x.length];
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            p[i] = StrictMath.exp(x[i] - max);
            sum += p[i];
        }
        for (int i = 0; i < x.length; i++) {
            p[i] /= sum;
        }
        return p;
    }
}
