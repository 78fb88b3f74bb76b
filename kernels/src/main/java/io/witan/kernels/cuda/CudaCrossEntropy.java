package io.witan.kernels.cuda;

import io.witan.kernels.CrossEntropyKernel;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.KernelCall;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

/** A block a row: a small one up to {@value #SHORT} columns. */
final class CudaCrossEntropy implements CrossEntropyKernel {
    private static final int SHORT = 2048;
    private static final int FEW_THREADS = 128;
    private static final int MANY_THREADS = 512;

    /** Blocks that share the shared memory of a multiprocessor, so that one reads while the other writes. */
    private static final int BLOCKS = 2;

    /** Of a block, for its sums and the driver. */
    private static final int OTHER_SHARED_BYTES = 2048;

    private final KernelCall shortLosses;
    private final KernelCall longLosses;
    private final KernelCall shortGradients;
    private final KernelCall longGradients;
    private final int mostKept;

    CudaCrossEntropy(Device device) {
        shortLosses = device.kernel("cross_entropy", "cross_entropy_128");
        longLosses = device.kernel("cross_entropy", "cross_entropy_512");
        shortGradients = device.kernel("cross_entropy", "cross_entropy_gradient_128");
        longGradients = device.kernel("cross_entropy", "cross_entropy_gradient_512");
        mostKept = (device.info().sharedBytes() / BLOCKS - OTHER_SHARED_BYTES) / Vectors.BYTES;
    }

    @Override
    public void forward(MemorySegment logits, MemorySegment targets, MemorySegment losses, int rows, int vocabulary) {
        Operand.in("crossEntropy logits", logits, check(targets, losses, rows, vocabulary));
        boolean few = vocabulary <= SHORT;
        (few ? shortLosses : longLosses)
                .with(logits)
                .with(targets)
                .with(losses)
                .with(vocabulary)
                .launch(rows, few ? FEW_THREADS : MANY_THREADS);
    }

    @Override
    public void forwardBackward(
            MemorySegment logits, MemorySegment targets, MemorySegment losses, float scale, int rows, int vocabulary) {
        Operand.out("crossEntropy logits", logits, check(targets, losses, rows, vocabulary));
        boolean few = vocabulary <= SHORT;
        int kept = Math.min(vocabulary / (Vectors.BYTES / Float.BYTES), mostKept);
        (few ? shortGradients : longGradients)
                .with(logits)
                .with(targets)
                .with(losses)
                .with(scale)
                .with(vocabulary)
                .with(kept)
                .launch(rows, 1, few ? FEW_THREADS : MANY_THREADS, kept * Vectors.BYTES);
    }

    private static long check(MemorySegment targets, MemorySegment losses, int rows, int vocabulary) {
        Operand.size("crossEntropy rows", rows);
        if (vocabulary < 1) {
            throw new IllegalArgumentException("crossEntropy vocabulary is " + vocabulary);
        }
        Operand.in("crossEntropy targets", targets, rows);
        Operand.out("crossEntropy losses", losses, rows);
        return (long) rows * vocabulary;
    }
}
