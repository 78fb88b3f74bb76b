package io.witan.runtime.state;

import java.lang.foreign.MemorySegment;

/** A dense tensor: its value in the active slot and its gradient. */
public final class Parameter {
    private final ParameterSpec spec;
    private final TrainingState state;
    private final MemorySegment[] values;
    private final MemorySegment gradient;
    private boolean trained = true;

    Parameter(ParameterSpec spec, TrainingState state, MemorySegment[] values, MemorySegment gradient) {
        this.spec = spec;
        this.state = state;
        this.values = values;
        this.gradient = gradient;
    }

    public ParameterSpec spec() {
        return spec;
    }

    /** The value for kernels to read; valid until the next optimizer step, which may move it to the other slot. */
    public MemorySegment value() {
        state.refreshKernels();
        return values[state.activeSlot()];
    }

    /** False while it is frozen: a layer need not compute its gradient, which nobody reads. */
    public boolean isTrained() {
        return trained;
    }

    void trained(boolean value) {
        trained = value;
    }

    /** The gradient in the memory of the kernels, which layers add to. */
    public MemorySegment gradient() {
        return gradient;
    }
}
