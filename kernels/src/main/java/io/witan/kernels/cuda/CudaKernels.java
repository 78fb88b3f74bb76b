package io.witan.kernels.cuda;

import io.witan.kernels.ActivationKernel;
import io.witan.kernels.FeedForwardKernel;
import io.witan.kernels.GroupedLinearKernel;
import io.witan.kernels.KernelMemory;
import io.witan.kernels.Kernels;
import io.witan.kernels.LinearKernel;
import io.witan.kernels.VectorKernel;
import io.witan.kernels.cuda.device.Blas;
import io.witan.kernels.cuda.device.BlasProvider;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.DeviceInfo;
import io.witan.kernels.cuda.device.Driver;
import io.witan.kernels.cuda.device.Precision;
import io.witan.kernels.cuda.gemm.GroupedGemm;
import io.witan.kernels.feedforward.ComposedFeedForward;
import java.util.Locale;
import java.util.Optional;

/** The CUDA back end on one GPU. Several may be open in a process, each on a thread of its own. */
public final class CudaKernels implements Kernels {
    private final Device device;
    private final CudaMemory memory;
    private final Optional<Blas> blas;
    private final String description;
    private final Operations operations;

    private CudaKernels(Device device, Precision precision, Optional<Blas> blas) {
        this.device = device;
        memory = new CudaMemory(device);
        this.blas = blas;
        description = describe(device.info(), precision, blas);
        LinearKernel own = new CudaLinear(device, Precision.FP32);
        GroupedLinearKernel groupedLinear = new CudaGroupedLinear(device, precision);
        ActivationKernel activation = new CudaActivation(device);
        VectorKernel vector = new CudaVector(device);
        FeedForwardKernel feedForward =
                switch (precision) {
                    case FP32 -> new ComposedFeedForward(memory, groupedLinear, activation, vector);
                    case BF16 -> new CudaFeedForward(device, GroupedGemm.of(device));
                };
        operations = new Operations(
                blas.<LinearKernel>map(library -> new CublasLinear(library, own))
                        .orElseGet(() -> precision == Precision.FP32 ? own : new CudaLinear(device, precision)),
                groupedLinear,
                activation,
                feedForward,
                new CudaGate(device),
                new CudaPermute(device),
                new CudaExpertRows(device, feedForward.format()),
                new CudaLayerNorm(device),
                new CudaRmsNorm(device),
                new CudaAttention(device),
                new CudaRaggedAttention(),
                new CudaRotary(device),
                new CudaEmbedding(device),
                new CudaCrossEntropy(device),
                new CudaAdamW(device),
                vector);
    }

    /**
     * Opens a GPU for the calling thread.
     *
     * @param ordinal its number, from 0
     * @param precision of matrix products
     * @throws io.witan.kernels.KernelUnavailableException in one line if it can't be used; nothing else is taken in its place
     */
    public static CudaKernels open(int ordinal, Precision precision) {
        Device device = Device.open(ordinal);
        Optional<Blas> blas = Optional.empty();
        try {
            blas = BlasProvider.choose(device, precision);
            return new CudaKernels(device, precision, blas);
        } catch (RuntimeException | Error e) {
            blas.ifPresent(Blas::close);
            device.close();
            throw e;
        }
    }

    /**
     * GPUs of this machine.
     *
     * @throws io.witan.kernels.KernelUnavailableException in one line if there is none, or no driver
     */
    public static int deviceCount() {
        return Driver.devices().size();
    }

    private static String describe(DeviceInfo info, Precision precision, Optional<Blas> blas) {
        return "cuda (" + info.name() + ", compute capability " + info.capability() + ", products in "
                + precision.name().toLowerCase(Locale.ROOT) + ", "
                + blas.map(Blas::description).orElse("own dense products") + ")";
    }

    /** The GPU, for what its users queue themselves. It is closed with this. */
    public Device device() {
        return device;
    }

    @Override
    public String description() {
        return description;
    }

    /** All memory of the device that is not in {@link #memory}. */
    @Override
    public long scratchBytes() {
        return device.allocatedBytes() - memory.bytes();
    }

    @Override
    public KernelMemory memory() {
        return memory;
    }

    @Override
    public Operations operations() {
        return operations;
    }

    /** Waits for all that was queued, and frees the device's memory; a second call does nothing. */
    @Override
    public void close() {
        try {
            blas.ifPresent(Blas::close);
        } finally {
            device.close();
        }
    }
}
