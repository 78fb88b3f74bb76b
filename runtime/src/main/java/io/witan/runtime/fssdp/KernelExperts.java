package io.witan.runtime.fssdp;

import io.witan.kernels.ElementFormat;
import io.witan.kernels.FeedForwardKernel;
import io.witan.kernels.KernelMemory;
import io.witan.kernels.Kernels;

/**
 * What the layers of a rank share to show experts to the kernels: the operation that reads them, and chunks in a memory of the
 * kernels' own, which frees them when it is closed. Where kernels work on host memory and on fp32 the chunks stay unused, as they see the host's own.
 *
 * @param feedForward which reads weights and writes their gradients
 * @param weights chunks in its format
 * @param fp32 chunks for gradients, and for weights on their way to another format
 * @param elements of an expert
 */
record KernelExperts(
        KernelMemory memory, FeedForwardKernel feedForward, ChunkPool weights, ChunkPool fp32, long elements) {
    static KernelExperts of(Kernels kernels, ExpertLayout layout) {
        KernelMemory memory = kernels.memory();
        FeedForwardKernel feedForward = kernels.feedForward();
        long elements = layout.chunkBytes() / Float.BYTES;
        return new KernelExperts(
                memory,
                feedForward,
                new ChunkPool(memory::allocate, feedForward.format().bytes(elements)),
                new ChunkPool(memory::allocate, layout.chunkBytes()),
                elements);
    }

    /** True if kernels read weights where the host has them. */
    boolean readsHostWeights() {
        return memory.isHost() && feedForward.format() == ElementFormat.FP32;
    }

    /** Bytes of an expert in fp32. */
    long fp32Bytes() {
        return ElementFormat.FP32.bytes(elements);
    }
}
