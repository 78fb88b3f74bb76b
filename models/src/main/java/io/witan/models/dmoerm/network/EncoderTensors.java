package io.witan.models.dmoerm.network;

import io.witan.runtime.state.ParameterSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * The tensors of a {@link LastTokenEncoder}.
 *
 * @param name beginning of theirs
 * @param width D
 * @param hidden F of the dense FFNs
 * @param centred norms have a bias and take the mean away, else they are root mean squares
 * @param deviation of initial weights
 */
public record EncoderTensors(
        String name, int layers, int width, int heads, int hidden, boolean centred, double deviation) {
    public String token() {
        return name + ".embedding.token";
    }

    public String position() {
        return name + ".embedding.position";
    }

    public String layer(int l) {
        return name + ".layers." + l;
    }

    public String attentionNorm(int l) {
        return layer(l) + ".attention_norm";
    }

    /** [3 D, D]. */
    public String qkv(int l) {
        return layer(l) + ".attention.qkv";
    }

    /** [D, D]. */
    public String attentionOut(int l) {
        return layer(l) + ".attention.out";
    }

    public String feedForwardNorm(int l) {
        return layer(l) + ".feed_forward_norm";
    }

    /** [F, D]. */
    public String inner(int l) {
        return layer(l) + ".feed_forward.w1";
    }

    /** [D, F]. */
    public String outer(int l) {
        return layer(l) + ".feed_forward.w2";
    }

    public String finalNorm() {
        return name + ".final_norm";
    }

    public static String gain(String norm) {
        return norm + ".gain";
    }

    public static String bias(String norm) {
        return norm + ".bias";
    }

    public List<ParameterSpec> declare(int vocabulary, int positions) {
        double outDeviation = deviation / Math.sqrt(2.0 * layers);
        List<ParameterSpec> specs = new ArrayList<>();
        specs.add(ParameterSpec.matrix(token(), vocabulary, width, deviation));
        specs.add(ParameterSpec.matrix(position(), positions, width, deviation));
        for (int l = 0; l < layers; l++) {
            norm(specs, attentionNorm(l));
            specs.add(ParameterSpec.matrix(qkv(l), 3 * width, width, deviation));
            specs.add(ParameterSpec.matrix(attentionOut(l), width, width, outDeviation));
            norm(specs, feedForwardNorm(l));
            specs.add(ParameterSpec.matrix(inner(l), hidden, width, deviation));
            specs.add(ParameterSpec.matrix(outer(l), width, hidden, outDeviation));
        }
        norm(specs, finalNorm());
        return specs;
    }

    private void norm(List<ParameterSpec> specs, String norm) {
        specs.add(ParameterSpec.vector(gain(norm), width, 1));
        if (centred) {
            specs.add(ParameterSpec.vector(bias(norm), width, 0));
        }
    }
}
