package io.witan.kernels.cuda.device;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.witan.kernels.KernelException;
import io.witan.kernels.KernelUnavailableException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * Tensor maps: how the copy engine of compute capability 9.0 finds boxes of a bf16 matrix. Called by FFM, as JCuda does not bind the
 * driver's function. No state but memory for its arguments, which is freed
 * with the device; one thread at a time.
 */
public final class TensorMaps {
    /** Bytes of a map. */
    public static final int BYTES = 128;

    /** Elements along the contiguous dimension of a box: the width of the swizzle. */
    public static final int BOX_COLUMNS = 64;

    private static final int BFLOAT16 = 9;
    private static final int RANK = 2;
    private static final int ELEMENT_BYTES = 2;
    private static final int NO_INTERLEAVE = 0;
    private static final int SWIZZLE_128_BYTES = 3;
    private static final int PROMOTE_256_BYTES = 3;
    private static final int FILL_WITH_ZEROS = 0;

    private final MemorySegment size;
    private final MemorySegment stride;
    private final MemorySegment box;
    private final MemorySegment elementStride;

    public TensorMaps(Device device) {
        size = device.hostMemory((long) RANK * Long.BYTES);
        stride = device.hostMemory((long) (RANK - 1) * Long.BYTES);
        box = device.hostMemory((long) RANK * Integer.BYTES);
        elementStride = device.hostMemory((long) RANK * Integer.BYTES);
        elementStride.setAtIndex(JAVA_INT, 0, 1);
        elementStride.setAtIndex(JAVA_INT, 1, 1);
    }

    /**
     * The map of a row-major bf16 matrix, {@value #BOX_COLUMNS} columns a box.
     *
     * @param map {@value #BYTES} bytes of host memory aligned to 64, out
     * @param address of the first element, a multiple of 16
     * @param rows 1 or more; what a box has beyond them comes as zeros
     * @param columns a multiple of 8
     * @param boxRows 1 to 256
     * @throws KernelUnavailableException if the driver has no such function
     */
    public void encode(MemorySegment map, long address, long rows, long columns, int boxRows) {
        size.setAtIndex(JAVA_LONG, 0, columns);
        size.setAtIndex(JAVA_LONG, 1, rows);
        stride.setAtIndex(JAVA_LONG, 0, columns * ELEMENT_BYTES);
        box.setAtIndex(JAVA_INT, 0, BOX_COLUMNS);
        box.setAtIndex(JAVA_INT, 1, boxRows);
        int code;
        try {
            code = (int) Function.ENCODE.invokeExact(
                    map,
                    BFLOAT16,
                    RANK,
                    MemorySegment.ofAddress(address),
                    size,
                    stride,
                    box,
                    elementStride,
                    NO_INTERLEAVE,
                    SWIZZLE_128_BYTES,
                    PROMOTE_256_BYTES,
                    FILL_WITH_ZEROS);
        } catch (Throwable e) {
            throw new KernelException("cuTensorMapEncodeTiled cannot be called: " + e, e);
        }
        if (code != 0) {
            throw new KernelException("cuTensorMapEncodeTiled of " + rows + " x " + columns + " bf16, box of " + boxRows
                    + " rows: " + Faults.cause(code));
        }
    }

    /** Class initialisation makes the search happen once. */
    private static final class Function {
        static final MethodHandle ENCODE = find();

        @SuppressWarnings("restricted")
        private static MethodHandle find() {
            SymbolLookup driver = SymbolLookup.libraryLookup("libcuda.so.1", Arena.global());
            MemorySegment symbol = driver.find("cuTensorMapEncodeTiled")
                    .orElseThrow(() -> new KernelUnavailableException(
                            "the NVIDIA driver has no cuTensorMapEncodeTiled; needed is one of CUDA 12.0 or later"));
            return Linker.nativeLinker()
                    .downcallHandle(
                            symbol,
                            FunctionDescriptor.of(
                                    JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS,
                                    JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
        }
    }
}
