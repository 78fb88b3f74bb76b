package io.witan.runtime.moe.gate;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * Balance without a loss (Wang et al. 2024; DeepSeek-V3, section 2.1.2): each expert has a bias that counts when experts are chosen and not
 * in their weights. After a step the biases of experts with less than the mean load rise by a rate, those of others fall by it.
 */
final class LoadBias implements IntToDoubleFunction {
    private final double rate;
    private final double[] bias;

    /** @param rate 0: biases stay 0 */
    LoadBias(double rate, int experts) {
        this.rate = rate;
        this.bias = new double[experts];
    }

    @Override
    public double applyAsDouble(int expert) {
        return bias[expert];
    }

    /** @param load assignments of each expert over all ranks in the step */
    void observe(long[] load) {
        long total = Arrays.stream(load).sum();
        for (int e = 0; e < bias.length; e++) {
            bias[e] += rate * Long.signum(total - load[e] * bias.length);
        }
    }

    double[] values() {
        return bias.clone();
    }

    /** @throws IllegalArgumentException if there is not one value an expert */
    void restore(double[] values) {
        if (values.length != bias.length) {
            throw new IllegalArgumentException("biases of " + values.length + " experts, the gate has " + bias.length);
        }
        System.arraycopy(values, 0, bias, 0, bias.length);
    }
}
