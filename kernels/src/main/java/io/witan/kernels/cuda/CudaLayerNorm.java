package io.witan.kernels.cuda;

import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

/** Centred and biased. */
final class CudaLayerNorm extends CudaNorm {
    CudaLayerNorm(Device device) {
        super(device, "layer_norm");
    }

    @Override
    MemorySegment biasOf(MemorySegment bias, int cols) {
        Operand.in("norm bias", bias, cols);
        return bias;
    }

    @Override
    MemorySegment biasGradientOf(MemorySegment dBias, int cols) {
        Operand.out("norm dBias", dBias, cols);
        return dBias;
    }
}
