package io.witan.runtime.train;

import java.util.Arrays;
import java.util.List;

/** The linear model trained in double, one row after the other: no ranks, no micro-batches, no state memory. */
final class PlainTraining {
    static final double BETA1 = 0.9;
    static final double BETA2 = 0.95;
    static final double EPSILON = 1e-8;
    static final double DECAY = 0.1;

    final double[] weight;
    final double[] bias;
    private final Moments ofWeight;
    private final Moments ofBias;

    /** Of one tensor. */
    private static final class Moments {
        private double[] first;
        private double[] second;
        private int updates;

        Moments(int count) {
            begin(count);
        }

        void begin(int count) {
            first = new double[count];
            second = new double[count];
            updates = 0;
        }

        void update(double[] parameters, double[] gradient, double rate, double decay) {
            updates++;
            for (int i = 0; i < gradient.length; i++) {
                first[i] = BETA1 * first[i] + (1 - BETA1) * gradient[i];
                second[i] = BETA2 * second[i] + (1 - BETA2) * gradient[i] * gradient[i];
                double mean = first[i] / (1 - Math.pow(BETA1, updates));
                double square = second[i] / (1 - Math.pow(BETA2, updates));
                parameters[i] -= rate * (decay * parameters[i] + mean / (Math.sqrt(square) + EPSILON));
            }
        }
    }

    PlainTraining(double[] weight, double[] bias) {
        this.weight = weight;
        this.bias = bias;
        this.ofWeight = new Moments(weight.length);
        this.ofBias = new Moments(bias.length);
    }

    void weightStartsAnew() {
        ofWeight.begin(weight.length);
    }

    /**
     * @param weights of tasks; empty: all targets count alike
     * @return the loss
     */
    double step(List<MeasuredRows> rows, double[] weights, double rate, boolean weightTrained) {
        double[] dWeight = new double[weight.length];
        double[] dBias = new double[bias.length];
        double loss = 0;
        double present = 0;
        for (int task = 0; task < bias.length; task++) {
            present += weights.length > 0 && targets(rows, task) > 0 ? weights[task] : 0;
        }
        for (MeasuredRows batch : rows) {
            for (int row = 0; row < batch.rows(); row++) {
                if (Double.isNaN(batch.values()[row])) {
                    continue;
                }
                int task = batch.tasks()[row];
                double share =
                        weights.length == 0 ? 1.0 / targets(rows, -1) : weights[task] / present / targets(rows, task);
                double[] x = batch.features()[row];
                double error = bias[task] - batch.values()[row];
                for (int i = 0; i < x.length; i++) {
                    error += weight[i] * x[i];
                }
                loss += share * error * error / 2;
                for (int i = 0; i < x.length; i++) {
                    dWeight[i] += share * error * x[i];
                }
                dBias[task] += share * error;
            }
        }
        if (weightTrained) {
            ofWeight.update(weight, dWeight, rate, DECAY);
        }
        ofBias.update(bias, dBias, rate, 0);
        return loss;
    }

    /** @param task -1 for all */
    private static long targets(List<MeasuredRows> rows, int task) {
        long count = 0;
        for (MeasuredRows batch : rows) {
            for (int row = 0; row < batch.rows(); row++) {
                boolean counts = task < 0 || batch.tasks()[row] == task;
                count += counts && !Double.isNaN(batch.values()[row]) ? 1 : 0;
            }
        }
        return count;
    }

    double[] all() {
        double[] all = Arrays.copyOf(weight, weight.length + bias.length);
        System.arraycopy(bias, 0, all, weight.length, bias.length);
        return all;
    }
}
