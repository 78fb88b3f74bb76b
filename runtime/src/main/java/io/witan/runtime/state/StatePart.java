package io.witan.runtime.state;

import io.witan.kernels.AdamWKernel;
import java.lang.foreign.MemorySegment;

/** What the state of an expert consists of: its parameters and Adam's two moments, each as long as the other. */
public enum StatePart {
    PARAMETER,
    FIRST_MOMENT,
    SECOND_MOMENT;

    /** This part of a state, not copied. */
    public MemorySegment of(AdamWKernel.State state) {
        return switch (this) {
            case PARAMETER -> state.parameter();
            case FIRST_MOMENT -> state.firstMoment();
            case SECOND_MOMENT -> state.secondMoment();
        };
    }
}
