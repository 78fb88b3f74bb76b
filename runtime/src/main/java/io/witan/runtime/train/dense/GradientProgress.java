package io.witan.runtime.train.dense;

import io.witan.runtime.state.Parameter;
import java.util.List;

/**
 * Hears, in the last backward of a step, how far it is and whose gradients are complete, so that they can be summed over ranks while it goes on. All ranks
 * say the same in the same order.
 */
public interface GradientProgress {
    /** For a backward that is not the last of a step. */
    GradientProgress NONE = parameters -> {};

    /**
     * The rest of the backward adds nothing to these; what is not said is taken at the end.
     *
     * @param parameters dense ones
     */
    void complete(List<Parameter> parameters);

    /** A stretch of the backward begins: a layer's MoE part, or the rest of the layer, from the last layer on. */
    default void beginStretch() {}
}
