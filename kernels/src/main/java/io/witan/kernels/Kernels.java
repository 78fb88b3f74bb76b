package io.witan.kernels;

/** One back end: a table of the operations, its workers and its scratch memory. */
public interface Kernels extends AutoCloseable {
    /** The back end, its library and its thread count, for logs: {@code host (AVX2 kernels, 2 threads)}. */
    String description();

    /** Bytes of scratch memory held at present. */
    long scratchBytes();

    /** What the segments of all operations must lie in. */
    KernelMemory memory();

    /** The table. */
    Operations operations();

    /** Every operation of a back end, which has one of each. */
    record Operations(
            LinearKernel linear,
            GroupedLinearKernel groupedLinear,
            ActivationKernel activation,
            FeedForwardKernel feedForward,
            GateKernel gate,
            PermuteKernel permute,
            ExpertRowsKernel expertRows,
            NormKernel layerNorm,
            NormKernel rmsNorm,
            AttentionKernel attention,
            RaggedAttentionKernel raggedAttention,
            RotaryKernel rotary,
            EmbeddingKernel embedding,
            CrossEntropyKernel crossEntropy,
            AdamWKernel adamW,
            VectorKernel vector) {}

    default LinearKernel linear() {
        return operations().linear();
    }

    default GroupedLinearKernel groupedLinear() {
        return operations().groupedLinear();
    }

    default ActivationKernel activation() {
        return operations().activation();
    }

    default FeedForwardKernel feedForward() {
        return operations().feedForward();
    }

    default GateKernel gate() {
        return operations().gate();
    }

    default PermuteKernel permute() {
        return operations().permute();
    }

    default ExpertRowsKernel expertRows() {
        return operations().expertRows();
    }

    default NormKernel layerNorm() {
        return operations().layerNorm();
    }

    /** As layerNorm, with the bias and its gradient ignored (they may be {@link java.lang.foreign.MemorySegment#NULL}). */
    default NormKernel rmsNorm() {
        return operations().rmsNorm();
    }

    default AttentionKernel attention() {
        return operations().attention();
    }

    /** On the host only. */
    default RaggedAttentionKernel raggedAttention() {
        return operations().raggedAttention();
    }

    default RotaryKernel rotary() {
        return operations().rotary();
    }

    default EmbeddingKernel embedding() {
        return operations().embedding();
    }

    default CrossEntropyKernel crossEntropy() {
        return operations().crossEntropy();
    }

    default AdamWKernel adamW() {
        return operations().adamW();
    }

    default VectorKernel vector() {
        return operations().vector();
    }

    /** Stops the workers and frees the scratch memory. The back end can't be used afterwards. */
    @Override
    void close();
}
