package io.witan.kernels.cuda;

import io.witan.kernels.cuda.device.Device;
import java.lang.foreign.MemorySegment;

/** Neither centred nor biased. */
final class CudaRmsNorm extends CudaNorm {
    CudaRmsNorm(Device device) {
        super(device, "rms_norm");
    }

    @Override
    MemorySegment biasOf(MemorySegment bias, int cols) {
        return MemorySegment.NULL;
    }

    @Override
    MemorySegment biasGradientOf(MemorySegment dBias, int cols) {
        return MemorySegment.NULL;
    }
}
