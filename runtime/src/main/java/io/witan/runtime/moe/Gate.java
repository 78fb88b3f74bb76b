package io.witan.runtime.moe;

import io.witan.runtime.engine.Pass;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.engine.StepContext;
import io.witan.runtime.routing.ImposedChoice;
import io.witan.runtime.state.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * First of the parts of an MoE layer: chooses experts for tokens.
 *
 * <p>Thread rule: the rank's training thread. A gate decides from this rank's tokens alone; what must not depend on the number of ranks
 * it decides for each sequence.
 */
public interface Gate {
    /**
     * @param x [T, D], kept by reference until backward
     * @param pass of {@link Pass#RECOMPUTE} the same result as of {@link Pass#TRAIN} before it
     * @return experts and weights of the tokens, in the arena
     */
    Routed route(MemorySegment x, int tokens, Pass pass, StepContext context, StepArena arena);

    /** Its parameters that are matrices: their gradients are complete once the layer's backward is over. */
    default List<Parameter> matrices() {
        return List.of();
    }

    /** True if a layer need not check what this gate returns. */
    default boolean isTrusted() {
        return false;
    }

    /**
     * A training step is over.
     *
     * @param load assignments of each expert over all ranks
     */
    default void endStep(long[] load) {}

    /** What the gate has learnt from loads, the same on all ranks: saved with a run. Empty: nothing. */
    default double[] memory() {
        return new double[0];
    }

    /**
     * Goes on with what {@link #memory} gave.
     *
     * @throws IllegalArgumentException if it is of another gate
     */
    default void restore(double[] memory) {
        if (memory.length > 0) {
            throw new IllegalArgumentException(
                    getClass().getSimpleName() + " keeps nothing, got " + memory.length + " values of another gate");
        }
    }

    /**
     * From now on training takes its experts from here; evaluation still goes by the gate.
     *
     * @throws IllegalStateException if experts of this gate can't be imposed
     */
    default void impose(ImposedChoice choice) {
        throw new IllegalStateException(getClass().getSimpleName() + " takes no imposed routing");
    }
}
