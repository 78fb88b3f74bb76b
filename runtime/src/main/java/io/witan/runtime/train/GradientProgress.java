package io.witan.runtime.train;

import io.witan.runtime.state.Parameter;
import java.util.List;

/** Is told, in the last backward of a step, whose gradients are complete, so that they can be summed over ranks while it goes on. */
public interface GradientProgress {
    /** For a backward that is not the last of a step. */
    GradientProgress NONE = parameters -> {};

    /**
     * The rest of the backward adds nothing to these. All ranks say the same in the same order; what is not said is taken at the end.
     *
     * @param parameters dense ones
     */
    void complete(List<Parameter> parameters);
}
