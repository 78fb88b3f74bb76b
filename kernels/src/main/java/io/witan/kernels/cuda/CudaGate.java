package io.witan.kernels.cuda;

import io.witan.kernels.GateKernel;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.KernelCall;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

/** One warp a token. */
final class CudaGate implements GateKernel {
    private static final int THREADS = 256;
    private static final int WARPS = THREADS / 32;

    /** What fits into a warp's registers (gate.cu). */
    private static final int FEW_EXPERTS = 256;

    private static final int FEW_CHOSEN = 32;

    private static final int HISTOGRAM_SHARED_BYTES = 48 << 10;
    private static final int HISTOGRAM_ENTRIES = 2048;
    private static final int MOST_HISTOGRAM_BLOCKS = 512;

    private final Device device;
    private final KernelCall forward;
    private final KernelCall forwardMany;
    private final KernelCall backward;
    private final KernelCall histogram;

    CudaGate(Device device) {
        this.device = device;
        forward = device.kernel("gate", "gate_forward");
        forwardMany = device.kernel("gate", "gate_forward_many");
        backward = device.kernel("gate_backward", "gate_backward");
        histogram = device.kernel("histogram", "expert_histogram");
    }

    @Override
    public void forward(
            MemorySegment logits,
            Shape shape,
            Weights weights,
            MemorySegment probabilities,
            MemorySegment expert,
            MemorySegment weight,
            MemorySegment logSumExp) {
        long all = (long) shape.tokens() * shape.experts();
        long chosen = (long) shape.tokens() * shape.topK();
        Operand.in("gate logits", logits, all);
        Operand.out("gate probabilities", probabilities, all);
        Operand.out("gate expert", expert, chosen);
        Operand.out("gate weight", weight, chosen);
        Operand.out("gate logSumExp", logSumExp, shape.tokens());
        boolean few = shape.experts() <= FEW_EXPERTS && shape.topK() <= FEW_CHOSEN;
        withShape((few ? forward : forwardMany).with(logits), shape, weights)
                .with(probabilities)
                .with(expert)
                .with(weight)
                .with(logSumExp)
                .launch(blocks(shape), THREADS);
    }

    @Override
    public void backward(
            Saved saved,
            Shape shape,
            Weights weights,
            MemorySegment dWeight,
            MemorySegment balance,
            float zScale,
            MemorySegment dLogits) {
        long all = (long) shape.tokens() * shape.experts();
        long chosen = (long) shape.tokens() * shape.topK();
        Operand.in("gate probabilities", saved.probabilities(), all);
        Operand.in("gate expert", saved.expert(), chosen);
        Operand.in("gate weight", saved.weight(), chosen);
        Operand.in("gate logSumExp", saved.logSumExp(), shape.tokens());
        Operand.in("gate dWeight", dWeight, chosen);
        Operand.in("gate balance", balance, shape.experts());
        Operand.out("gate dLogits", dLogits, all);
        backward.with(saved.probabilities())
                .with(saved.expert())
                .with(saved.weight())
                .with(saved.logSumExp());
        withShape(backward, shape, weights)
                .with(dWeight)
                .with(balance)
                .with(zScale)
                .with(dLogits)
                .launch(blocks(shape), THREADS);
    }

    @Override
    public void histogram(MemorySegment expert, Shape shape, MemorySegment counts) {
        long chosen = (long) shape.tokens() * shape.topK();
        Operand.in("histogram expert", expert, chosen);
        Operand.out("histogram counts", counts, shape.experts());
        long bytes = (long) shape.experts() * Integer.BYTES;
        device.fill(counts, (byte) 0, bytes);
        boolean inShared = bytes <= HISTOGRAM_SHARED_BYTES;
        long blocks = Math.min(MOST_HISTOGRAM_BLOCKS, (chosen + HISTOGRAM_ENTRIES - 1) / HISTOGRAM_ENTRIES);
        histogram
                .with(expert)
                .with(chosen)
                .with(shape.experts())
                .with(inShared ? 1 : 0)
                .with(counts)
                .launch(blocks, 1, THREADS, inShared ? (int) bytes : 0);
    }

    private static KernelCall withShape(KernelCall call, Shape shape, Weights weights) {
        return call.with(shape.tokens())
                .with(shape.experts())
                .with(shape.topK())
                .with(weights == Weights.RENORMALISED ? 1 : 0);
    }

    private static long blocks(Shape shape) {
        return ((long) shape.tokens() + WARPS - 1) / WARPS;
    }
}
