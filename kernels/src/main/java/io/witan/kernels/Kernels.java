package io.witan.kernels;

/** One back end: a table of the operations, its workers and its scratch memory. */
public interface Kernels extends AutoCloseable {
    /** The back end, its library and its thread count, for logs: {@code host (AVX2 kernels, 2 threads)}. */
    String description();

    /** Bytes of scratch memory held at present. */
    long scratchBytes();

    /** What the segments of all operations must lie in. */
    KernelMemory memory();

    LinearKernel linear();

    GroupedLinearKernel groupedLinear();

    ActivationKernel activation();

    GateKernel gate();

    PermuteKernel permute();

    NormKernel layerNorm();

    /** As layerNorm, with the bias and its gradient ignored (they may be {@link java.lang.foreign.MemorySegment#NULL}). */
    NormKernel rmsNorm();

    AttentionKernel attention();

    RotaryKernel rotary();

    EmbeddingKernel embedding();

    CrossEntropyKernel crossEntropy();

    AdamWKernel adamW();

    VectorKernel vector();

    /** Stops the workers and frees the scratch memory. The back end can't be used afterwards. */
    @Override
    void close();
}
