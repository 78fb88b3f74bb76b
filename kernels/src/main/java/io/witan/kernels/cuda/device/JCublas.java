package io.witan.kernels.cuda.device;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.witan.kernels.KernelException;
import io.witan.kernels.KernelUnavailableException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasStatus;
import jcuda.runtime.cudaStream_t;

/** cuBLAS 12 through JCublas2, which needs libcublas.so.12. */
final class JCublas implements Blas {
    private final cublasHandle handle = new cublasHandle();
    private final Device device;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment alpha = arena.allocateFrom(JAVA_FLOAT, 1f);
    private final MemorySegment beta = arena.allocate(JAVA_FLOAT);
    private final CublasTypes.Types types;
    private final String description;

    private JCublas(Device device, Precision precision) {
        this.device = device;
        JCublas2.setExceptionsEnabled(false);
        check(JCublas2.cublasCreate(handle), "cublasCreate");
        check(JCublas2.cublasSetStream(handle, new cudaStream_t(device.stream())), "cublasSetStream");
        types = CublasTypes.types(precision);
        int[] version = {0};
        check(JCublas2.cublasGetVersion(handle, version), "cublasGetVersion");
        description = "cuBLAS " + CublasTypes.version(version[0]) + " through JCublas2";
    }

    /** @throws KernelUnavailableException if JCublas2's library or cuBLAS 12 cannot be loaded */
    static JCublas open(Device device, Precision precision) {
        try {
            return new JCublas(device, precision);
        } catch (LinkageError e) {
            throw new KernelUnavailableException(
                    "JCublas2 needs libcublas.so.12 of CUDA 12: " + Faults.libraryFault(e), e);
        }
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public void multiply(Product product, MemorySegment a, MemorySegment b, MemorySegment c, float betaValue) {
        multiply(types, product, a, b, c, betaValue);
    }

    @Override
    public void multiplyBf16(Product product, MemorySegment a, MemorySegment b, MemorySegment c, float betaValue) {
        multiply(CublasTypes.OF_BF16, product, a, b, c, betaValue);
    }

    private void multiply(
            CublasTypes.Types t, Product p, MemorySegment a, MemorySegment b, MemorySegment c, float betaValue) {
        device.requireUsable();
        beta.set(JAVA_FLOAT, 0, betaValue);
        int code = JCublas2.cublasGemmEx_new(
                handle,
                p.a().ordinal(),
                p.b().ordinal(),
                p.m(),
                p.n(),
                p.k(),
                new HostAddress(alpha),
                DeviceAddress.of(a),
                t.operands(),
                p.aLeading(),
                DeviceAddress.of(b),
                t.operands(),
                p.bLeading(),
                new HostAddress(beta),
                DeviceAddress.of(c),
                CublasTypes.FP32,
                p.cLeading(),
                t.compute(),
                CublasTypes.DEFAULT_ALGORITHM);
        if (code != cublasStatus.CUBLAS_STATUS_SUCCESS) {
            check(code, p.toString());
        }
    }

    private static void check(int code, String operation) {
        if (code != cublasStatus.CUBLAS_STATUS_SUCCESS) {
            throw new KernelException("cuBLAS: " + operation + ": " + cublasStatus.stringFor(code));
        }
    }

    @Override
    public void close() {
        // The library waits for all kernels, without a deadline.
        if (arena.scope().isAlive() && device.awaitLast()) {
            JCublas2.cublasDestroy(handle);
            arena.close();
        }
    }
}
