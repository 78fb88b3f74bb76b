package io.witan.kernels.cuda;

import io.witan.kernels.ActivationKernel;
import io.witan.kernels.KernelUnavailableException;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.KernelCall;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

final class CudaActivation implements ActivationKernel {
    private static final int THREADS = 256;

    private final KernelCall gelu;
    private final KernelCall geluWithSlope;
    private final KernelCall swiglu;
    private final KernelCall swigluWithSlopes;

    CudaActivation(Device device) {
        gelu = device.kernel("activation", "gelu");
        geluWithSlope = device.kernel("activation", "gelu_with_slope");
        swiglu = device.kernel("activation", "swiglu");
        swigluWithSlopes = device.kernel("activation", "swiglu_with_slopes");
    }

    private static void launch(KernelCall call, long count) {
        call.with(count).launch((count + THREADS - 1) / THREADS, THREADS);
    }

    @Override
    public void gelu(MemorySegment x, MemorySegment y, long count) {
        Operand.in("gelu x", x, count);
        Operand.out("gelu y", y, count);
        launch(gelu.with(x).with(y), count);
    }

    @Override
    public void geluWithSlope(MemorySegment x, MemorySegment y, long count) {
        Operand.out("gelu x", x, count);
        Operand.out("gelu y", y, count);
        launch(geluWithSlope.with(x).with(y), count);
    }

    @Override
    public void geluTanh(MemorySegment x, MemorySegment y, long count) {
        throw new KernelUnavailableException("geluTanh: kernels on a GPU do not have it");
    }

    @Override
    public void geluTanhWithSlope(MemorySegment x, MemorySegment y, long count) {
        throw new KernelUnavailableException("geluTanh: kernels on a GPU do not have it");
    }

    @Override
    public void swiglu(MemorySegment gate, MemorySegment up, MemorySegment y, long count) {
        Operand.in("swiglu gate", gate, count);
        Operand.in("swiglu up", up, count);
        Operand.out("swiglu y", y, count);
        launch(swiglu.with(gate).with(up).with(y), count);
    }

    @Override
    public void swigluWithSlopes(MemorySegment gate, MemorySegment up, MemorySegment y, long count) {
        Operand.out("swiglu gate", gate, count);
        Operand.out("swiglu up", up, count);
        Operand.out("swiglu y", y, count);
        launch(swigluWithSlopes.with(gate).with(up).with(y), count);
    }
}
