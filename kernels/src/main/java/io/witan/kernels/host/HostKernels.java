package io.witan.kernels.host;

import io.witan.kernels.ActivationKernel;
import io.witan.kernels.AdamWKernel;
import io.witan.kernels.AttentionKernel;
import io.witan.kernels.CrossEntropyKernel;
import io.witan.kernels.EmbeddingKernel;
import io.witan.kernels.GateKernel;
import io.witan.kernels.GroupedLinearKernel;
import io.witan.kernels.KernelMemory;
import io.witan.kernels.Kernels;
import io.witan.kernels.LinearKernel;
import io.witan.kernels.NormKernel;
import io.witan.kernels.PermuteKernel;
import io.witan.kernels.RotaryKernel;
import io.witan.kernels.VectorKernel;

/** The CPU back end. Several may be open in a process, each with its own workers and scratch. */
public final class HostKernels implements Kernels {
    private final Workers workers;
    private final Scratch scratch;
    private final HostMemory memory = new HostMemory();
    private final ThreadGemms gemms;
    private final String description;
    private final LinearKernel linear;
    private final GroupedLinearKernel groupedLinear;
    private final ActivationKernel activation;
    private final GateKernel gate;
    private final PermuteKernel permute;
    private final NormKernel layerNorm;
    private final NormKernel rmsNorm;
    private final AttentionKernel attention;
    private final RotaryKernel rotary;
    private final EmbeddingKernel embedding;
    private final CrossEntropyKernel crossEntropy;
    private final AdamWKernel adamW;
    private final VectorKernel vector;

    private HostKernels(Workers workers, GemmProvider provider) {
        this.workers = workers;
        int threads = workers.threads();
        scratch = new Scratch(threads);
        gemms = new ThreadGemms(provider, threads);
        Blockwise blockwise = new Blockwise(workers, scratch);
        description = "host (" + provider.description() + ", " + threads + (threads == 1 ? " thread)" : " threads)");
        linear = new HostLinear(new ParallelGemm(workers, gemms));
        groupedLinear = new HostGroupedLinear(workers, gemms);
        activation = new HostActivation(blockwise);
        gate = new HostGate(workers, scratch);
        permute = new HostPermute(workers);
        layerNorm = new HostLayerNorm(workers);
        rmsNorm = new HostRmsNorm(workers);
        attention = new HostAttention(workers, scratch, gemms);
        rotary = new HostRotary(workers);
        embedding = new HostEmbedding(workers);
        crossEntropy = new HostCrossEntropy(workers, scratch);
        adamW = new HostAdamW(blockwise);
        vector = new HostVector(workers, scratch);
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
    public LinearKernel linear() {
        return linear;
    }

    @Override
    public GroupedLinearKernel groupedLinear() {
        return groupedLinear;
    }

    @Override
    public ActivationKernel activation() {
        return activation;
    }

    @Override
    public GateKernel gate() {
        return gate;
    }

    @Override
    public PermuteKernel permute() {
        return permute;
    }

    @Override
    public NormKernel layerNorm() {
        return layerNorm;
    }

    @Override
    public NormKernel rmsNorm() {
        return rmsNorm;
    }

    @Override
    public AttentionKernel attention() {
        return attention;
    }

    @Override
    public RotaryKernel rotary() {
        return rotary;
    }

    @Override
    public EmbeddingKernel embedding() {
        return embedding;
    }

    @Override
    public CrossEntropyKernel crossEntropy() {
        return crossEntropy;
    }

    @Override
    public AdamWKernel adamW() {
        return adamW;
    }

    @Override
    public VectorKernel vector() {
        return vector;
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
