package io.witan.kernels.cuda;

import io.witan.kernels.KernelUnavailableException;
import io.witan.kernels.RaggedAttentionKernel;
import java.lang.foreign.MemorySegment;

/** Refuses: sequences of uneven lengths are the host's. */
final class CudaRaggedAttention implements RaggedAttentionKernel {
    private static KernelUnavailableException unavailable() {
        return new KernelUnavailableException(
                "attention of sequences of uneven lengths runs on the host only: parallel.device must be host");
    }

    @Override
    public long savedFloats(Shape shape) {
        throw unavailable();
    }

    @Override
    public void forward(Operands operands, Result result, Shape shape) {
        throw unavailable();
    }

    @Override
    public void backward(Operands operands, Result result, MemorySegment dOut, Operands gradients, Shape shape) {
        throw unavailable();
    }
}
