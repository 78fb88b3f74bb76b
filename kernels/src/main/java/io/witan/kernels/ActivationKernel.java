package io.witan.kernels;

import java.lang.foreign.MemorySegment;

/**
 * Element-wise non-linearities of the expert FFN. {@code count} is a number of elements. For training they leave derivatives in place
 * of their inputs, so that backward is a product ({@link VectorKernel#multiply}) and computes no exponential again.
 */
public interface ActivationKernel {
    /** y = x * Phi(x), the exact (erf) GELU. y may be x. */
    void gelu(MemorySegment x, MemorySegment y, long count);

    /** As {@link #gelu}; x becomes dy/dx = Phi(x) + x * phi(x). y is not x. */
    void geluWithSlope(MemorySegment x, MemorySegment y, long count);

    /**
     * y = x * (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2, GPT-2's approximation of GELU (Hendrycks and Gimpel 2016). y may be x. Not on a
     * GPU.
     */
    void geluTanh(MemorySegment x, MemorySegment y, long count);

    /** As {@link #geluTanh}; x becomes dy/dx. y is not x. */
    void geluTanhWithSlope(MemorySegment x, MemorySegment y, long count);

    /** y = gate * sigmoid(gate) * up. y may be up. */
    void swiglu(MemorySegment gate, MemorySegment up, MemorySegment y, long count);

    /** As {@link #swiglu}; gate becomes dy/dgate, up becomes dy/dup. y is neither. */
    void swigluWithSlopes(MemorySegment gate, MemorySegment up, MemorySegment y, long count);
}
