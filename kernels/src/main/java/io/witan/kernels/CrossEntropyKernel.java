package io.witan.kernels;

import java.lang.foreign.MemorySegment;

/** Softmax cross-entropy in nats. A target below 0 is ignored: loss 0, gradient 0. */
public interface CrossEntropyKernel {
    /**
     * @param logits [rows, V]
     * @param targets [rows] int32
     * @param losses [rows], out
     */
    void forward(MemorySegment logits, MemorySegment targets, MemorySegment losses, int rows, int vocabulary);

    /** As forward, and logits become scale * (softmax(logits) - onehot(target)), their own gradient. */
    void forwardBackward(
            MemorySegment logits, MemorySegment targets, MemorySegment losses, float scale, int rows, int vocabulary);
}
