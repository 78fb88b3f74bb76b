package io.witan.kernels.host;

import io.witan.kernels.ActivationKernel;
import io.witan.kernels.GroupedLinearKernel;
import io.witan.kernels.KernelMemory;
import io.witan.kernels.Kernels;
import io.witan.kernels.PermuteKernel;
import io.witan.kernels.VectorKernel;
import io.witan.kernels.feedforward.ComposedFeedForward;

/** The CPU back end. Several may be open in a process, each with its own workers and scratch. */
public final class HostKernels implements Kernels {
    private final Workers workers;
    private final Scratch scratch;
    private final HostMemory memory = new HostMemory();
    private final ThreadGemms gemms;
    private final String description;
    private final Operations operations;

    private HostKernels(Workers workers, GemmProvider provider) {
        this.workers = workers;
        int threads = workers.threads();
        scratch = new Scratch(threads);
        gemms = new ThreadGemms(provider, threads);
        Blockwise blockwise = new Blockwise(workers, scratch);
        description = "host (" + provider.description() + ", " + threads + (threads == 1 ? " thread)" : " threads)");
        GroupedLinearKernel groupedLinear = new HostGroupedLinear(workers, gemms);
        ActivationKernel activation = new HostActivation(blockwise);
        VectorKernel vector = new HostVector(workers, scratch);
        PermuteKernel permute = new HostPermute(workers);
        operations = new Operations(
                new HostLinear(new ParallelGemm(workers, gemms)),
                groupedLinear,
                activation,
                new ComposedFeedForward(memory, groupedLinear, activation, vector),
                new HostGate(workers, scratch),
                permute,
                new HostExpertRows(permute),
                new HostLayerNorm(workers),
                new HostRmsNorm(workers),
                new HostAttention(workers, scratch, gemms),
                new HostRaggedAttention(workers, scratch, gemms),
                new HostRotary(workers),
                new HostEmbedding(workers),
                new HostCrossEntropy(workers, scratch),
                new HostAdamW(blockwise),
                vector);
    }

    /**
     * Starts the workers, with the matrix products that {@link GemmProvider#choose} names.
     *
     * @param threads threads that compute, the caller's included: 1 starts none
     * @throws IllegalArgumentException if threads is not in 1..1024
     * @throws io.witan.kernels.KernelException if they cannot be used; the message names the cause
     */
    public static HostKernels open(int threads) {
        return open(threads, GemmProvider.choose());
    }

    /** As {@link #open(int)}, with this provider and no other. */
    public static HostKernels open(int threads, GemmProvider provider) {
        provider.load();
        return new HostKernels(new Workers(threads), provider);
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public long scratchBytes() {
        return scratch.bytes() + gemms.bytes();
    }

    @Override
    public KernelMemory memory() {
        return memory;
    }

    @Override
    public Operations operations() {
        return operations;
    }

    /** Stops the workers and frees the scratch memory; a second call does nothing. */
    @Override
    public void close() {
        workers.close();
        scratch.close();
        gemms.close();
        memory.close();
    }
}
