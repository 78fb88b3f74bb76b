package io.witan.kernels.cuda.device;

import jcuda.driver.CUstream;

/** A stream whose handle libraries outside JCuda can be given. */
final class DeviceStream extends CUstream {
    long address() {
        return getNativePointer();
    }
}
