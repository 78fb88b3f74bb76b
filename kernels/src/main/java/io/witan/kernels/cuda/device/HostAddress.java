package io.witan.kernels.cuda.device;

import java.lang.foreign.MemorySegment;
import jcuda.Pointer;

/** An address of native host memory as JCuda wants it; whoever makes it keeps the segment alive. */
final class HostAddress extends Pointer {
    HostAddress(MemorySegment memory) {
        super(memory.address());
    }
}
