package io.witan.runtime.engine;

import io.witan.kernels.cuda.device.Precision;

/**
 * What a rank computes with.
 *
 * @param target where the model runs; it runs nowhere else if that cannot be
 * @param precision of matrix products on a GPU; the host multiplies in fp32
 * @param threads of the host, the calling one included
 */
public record Compute(Target target, Precision precision, int threads) {
    /** Where a model runs. */
    public enum Target {
        /** On the processor. */
        HOST,
        /** On an NVIDIA GPU: the node's GPUs are given to its ranks in turn. */
        CUDA
    }

    /** The processor, with so many threads. */
    public static Compute host(int threads) {
        return new Compute(Target.HOST, Precision.FP32, threads);
    }
}
