package io.witan.runtime.state;

import java.lang.foreign.MemorySegment;

/** Fills tensors with starting values that depend on the tensor alone, not on the rank that holds it. */
public interface Initializer {
    /** @param to fp32, spec.count() values, out */
    void fill(ParameterSpec spec, MemorySegment to);
}
