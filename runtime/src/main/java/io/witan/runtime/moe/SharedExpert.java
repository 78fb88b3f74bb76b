package io.witan.runtime.moe;

import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What every token passes beside its routed experts (DeepSeekMoE, arXiv 2401.06066, section 3.2): every rank has all of it, and
 * nothing of it travels. fp32.
 *
 * <p>Thread rule: the rank's training thread.
 */
public interface SharedExpert {
    /** Adds nothing, keeps nothing. */
    SharedExpert NONE = (_, _, _, _, _) -> (_, _, _) -> {};

    /**
     * @param x [T, D], the layer's input, kept by reference until backward
     * @param out [T, D], adds the result
     * @param arena for what backward needs
     * @return null if no backward follows
     */
    Computed forward(MemorySegment x, MemorySegment out, int tokens, Pass pass, StepArena arena);

    /** Its parameters that are matrices: their gradients are complete once {@link Computed#backward} is over. */
    default List<Parameter> matrices() {
        return List.of();
    }

    /** From forward to backward. */
    interface Computed {
        /**
         * Adds the parameters' gradients to theirs.
         *
         * @param dOut [T, D]
         * @param dx [T, D], adds the gradient of x
         */
        void backward(MemorySegment dOut, MemorySegment dx, StepArena arena);
    }
}
