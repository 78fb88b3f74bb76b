package io.witan.runtime.moe.gate;

import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Part of a gate: how much each token is drawn to each expert. Segments are the kernels', in the step arena. */
interface Logits {
    /** @param x [T, D], kept by reference until backward */
    Projected project(MemorySegment x, int tokens, Pass pass, StepContext context, StepArena arena);

    /** Parameters that are matrices, in the order in which they are declared. */
    List<Parameter> matrices();

    /** From forward to backward. */
    interface Projected {
        /** [T, E] */
        MemorySegment values();

        /**
         * Adds the parameters' gradients.
         *
         * @param dLogits [T, E]
         * @param dx [T, D]
         * @param beta factor on what dx holds: 0 or 1
         */
        void backward(MemorySegment dLogits, MemorySegment dx, float beta);
    }
}
