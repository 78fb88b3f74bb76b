package io.witan.runtime.fssdp;

import io.witan.kernels.FeedForwardKernel.Activation;
import io.witan.runtime.state.ParameterSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * The matrices of an FFN as {@link io.witan.kernels.FeedForwardKernel} wants them: w1 [F, D], then for SwiGLU w3 [F, D], then w2 [D, F].
 */
public record FeedForwardLayout(int width, int hidden, Activation activation) implements ExpertLayout {
    @Override
    public long chunkBytes() {
        return (long) width * hidden * activation.matrices() * Float.BYTES;
    }

    @Override
    public List<ParameterSpec> declare(String prefix, int layer, int expert, double deviation, double outDeviation) {
        List<ParameterSpec> specs = new ArrayList<>();
        specs.add(ParameterSpec.expert(prefix + ".w1", hidden, width, deviation, layer, expert));
        if (activation == Activation.SWIGLU) {
            specs.add(ParameterSpec.expert(prefix + ".w3", hidden, width, deviation, layer, expert));
        }
        specs.add(ParameterSpec.expert(prefix + ".w2", width, hidden, outDeviation, layer, expert));
        return specs;
    }
}
