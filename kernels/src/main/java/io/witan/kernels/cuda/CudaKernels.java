package io.witan.kernels.cuda;

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
import io.witan.kernels.cuda.device.Blas;
import io.witan.kernels.cuda.device.BlasProvider;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.DeviceInfo;
import io.witan.kernels.cuda.device.Driver;
import io.witan.kernels.cuda.device.Precision;
import java.util.Locale;
import java.util.Optional;

/** The CUDA back end on one GPU. Several may be open in a process, each on a thread of its own. */
public final class CudaKernels implements Kernels {
    private final Device device;
    private final CudaMemory memory;
    private final Optional<Blas> blas;
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

    private CudaKernels(Device device, Precision precision) {
        this.device = device;
        memory = new CudaMemory(device);
        blas = BlasProvider.choose(device, precision);
        description = describe(device.info(), precision, blas);
        LinearKernel own = new CudaLinear(device, Precision.FP32);
        linear = blas.<LinearKernel>map(library -> new CublasLinear(library, own))
                .orElseGet(() -> precision == Precision.FP32 ? own : new CudaLinear(device, precision));
        groupedLinear = new CudaGroupedLinear(device, precision);
        activation = new CudaActivation(device);
        gate = new CudaGate(device);
        permute = new CudaPermute(device);
        layerNorm = new CudaLayerNorm(device);
        rmsNorm = new CudaRmsNorm(device);
        attention = new CudaAttention(device);
        rotary = new CudaRotary(device);
        embedding = new CudaEmbedding(device);
        crossEntropy = new CudaCrossEntropy(device);
        adamW = new CudaAdamW(device);
        vector = new CudaVector(device);
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
        try {
            return new CudaKernels(device, precision);
        } catch (RuntimeException | Error e) {
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
