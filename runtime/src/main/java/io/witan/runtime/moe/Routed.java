package io.witan.runtime.moe;

import io.witan.runtime.engine.StepContext;
import java.lang.foreign.MemorySegment;

/** What a gate decided for this rank's tokens, from its forward to its backward. Segments are the kernels', in the step arena. */
public interface Routed {
    /** T: tokens that are assigned to experts: those of the layer, or what the gate made of them. */
    int tokens();

    /** K: assignments of a token, those that are dropped included. */
    int choices();

    /** [T, K] int32: an expert 0..E-1, or E for an assignment that is dropped. */
    MemorySegment expert();

    /** [T, K]: factors on the experts' outputs; of a dropped assignment any finite number. */
    MemorySegment weight();

    /** False if no assignment can be dropped. In each micro-batch the same on all ranks. */
    boolean mayDrop();

    /** [T, K] int32: as {@link #expert} before anything was dropped for want of room, which is what the balance loss goes by. */
    default MemorySegment wanted() {
        return expert();
    }

    /**
     * This rank's part of the auxiliary losses.
     *
     * @param load assignments that each expert was wanted for, over all ranks in this micro-batch
     */
    default AuxiliaryLosses losses(long[] load, StepContext context) {
        return AuxiliaryLosses.NONE;
    }

    /**
     * Adds the gradients of the gate's parameters, those of its auxiliary losses included.
     *
     * @param dWeight [T, K]; 0 where dropped
     * @param load as for {@link #losses}
     * @return dx [T, D] of what the gate read, in the arena; the layer adds to it
     */
    MemorySegment backward(MemorySegment dWeight, long[] load, StepContext context);
}
