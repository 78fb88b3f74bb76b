package io.witan.models.dmoerm.measure;

import java.util.Arrays;

/**
 * Logistic regression on sparse rows without an intercept: the w that minimises
 * {@code f(w) = 1/N sum_i log(1 + exp(-x_i w)) + l2/2 |w|^2} over rows x_i, which are taken to be positive (a negative row is
 * given as -x). Nesterov's method for strongly convex functions from w = 0: no draws, the same result each time.
 */
final class LogisticRegression {
    private static final int MAX_STEPS = 5000;
    private static final double GRADIENT_TOLERANCE = 1e-7;

    private final int[][] features;
    private final double[][] values;
    private final int featureCount;
    private final double l2;

    /**
     * @param features [N][] numbers of the features that a row has, from 0
     * @param values [N][] their values
     * @param l2 above 0
     */
    LogisticRegression(int[][] features, double[][] values, int featureCount, double l2) {
        if (features.length == 0 || !(l2 > 0)) {
            throw new IllegalArgumentException(features.length + " rows, l2 " + l2 + "; both must be above 0");
        }
        this.features = features;
        this.values = values;
        this.featureCount = featureCount;
        this.l2 = l2;
    }

    /** [featureCount] w, when each partial derivative is below 1e-7, or after 5000 steps. */
    double[] solve() {
        double smoothness = squaredNormBound() / (4 * features.length) + l2;
        double momentum = (Math.sqrt(smoothness) - Math.sqrt(l2)) / (Math.sqrt(smoothness) + Math.sqrt(l2));
        double[] w = new double[featureCount];
        double[] ahead = w.clone();
        double[] gradient = new double[featureCount];
        for (int step = 0; step < MAX_STEPS; step++) {
            gradient(ahead, gradient);
            double largest = 0;
            for (int j = 0; j < featureCount; j++) {
                double next = ahead[j] - gradient[j] / smoothness;
                ahead[j] = next + momentum * (next - w[j]);
                w[j] = next;
                largest = Math.max(largest, Math.abs(gradient[j]));
            }
            if (largest < GRADIENT_TOLERANCE) {
                break;
            }
        }
        return w;
    }

    /** The gradient of f at w. */
    void gradient(double[] w, double[] into) {
        for (int j = 0; j < featureCount; j++) {
            into[j] = l2 * w[j];
        }
        for (int i = 0; i < features.length; i++) {
            double wrong = 1 / (1 + Math.exp(dot(i, w)));
            add(i, -wrong / features.length, into);
        }
    }

    /** At least the largest eigenvalue of the sum of x_i x_i^T: the largest sum of a row's sizes times that of a column's. */
    private double squaredNormBound() {
        double[] columns = new double[featureCount];
        double rows = 0;
        for (int i = 0; i < features.length; i++) {
            double row = 0;
            for (int k = 0; k < features[i].length; k++) {
                double size = Math.abs(values[i][k]);
                row += size;
                columns[features[i][k]] += size;
            }
            rows = Math.max(rows, row);
        }
        return rows * Arrays.stream(columns).max().orElse(0);
    }

    private double dot(int row, double[] w) {
        double sum = 0;
        for (int k = 0; k < features[row].length; k++) {
            sum += values[row][k] * w[features[row][k]];
        }
        return sum;
    }

    private void add(int row, double factor, double[] into) {
        for (int k = 0; k < features[row].length; k++) {
            into[features[row][k]] += factor * values[row][k];
        }
    }
}
