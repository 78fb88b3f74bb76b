package io.witan.kernels;

import java.lang.foreign.MemorySegment;

/** Element-wise non-linearities of the expert FFN. {@code count} is a number of elements. */
public interface ActivationKernel {
    /** y = x * Phi(x), the exact (erf) GELU. y may be x. */
    void gelu(MemorySegment x, MemorySegment y, long count);

    /** dx = dy * (Phi(x) + x * phi(x)). dx may be dy. */
    void geluBackward(MemorySegment x, MemorySegment dy, MemorySegment dx, long count);

    /** y = gate * sigmoid(gate) * up. y may be up. */
    void swiglu(MemorySegment gate, MemorySegment up, MemorySegment y, long count);

    /** Gradients of {@link #swiglu} for both inputs. dUp may be dy. */
    void swigluBackward(
            MemorySegment gate, MemorySegment up, MemorySegment dy, MemorySegment dGate, MemorySegment dUp, long count);
}
