package io.witan.runtime.fssdp;

import io.witan.runtime.state.ParameterSpec;
import java.util.List;

/** How one expert's tensors lie in its chunk, the unit that is owned, sharded and materialised: fp32, one after the other. */
public interface ExpertLayout {
    long chunkBytes();

    /**
     * Declares the tensors of one expert in chunk order, those with weight decay first.
     *
     * @param deviation of initial weights
     * @param outDeviation of those whose output joins a residual
     */
    List<ParameterSpec> declare(String prefix, int layer, int expert, double deviation, double outDeviation);
}
