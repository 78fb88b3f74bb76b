package io.witan.kernels.cuda;

import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.KernelCall;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

/** Between fp32 and bf16, the upper half of an fp32. {@code count} is a number of elements; from and to do not overlap. */
final class CudaCast {
    private static final int THREADS = 256;

    /** Elements of a block (cast.cu). */
    private static final int SPAN = 4096;

    private final KernelCall toBf16;
    private final KernelCall toFp32;

    CudaCast(Device device) {
        toBf16 = device.kernel("cast", "cast_to_bf16");
        toFp32 = device.kernel("cast", "cast_to_fp32");
    }

    /** Rounds to nearest, ties to even; a NaN stays one. */
    void toBf16(MemorySegment from, MemorySegment to, long count) {
        Operand.in("toBf16 from", from, count);
        Operand.out("toBf16 to", to, pairs(count));
        launch(toBf16.with(from).with(to), count);
    }

    void toFp32(MemorySegment from, MemorySegment to, long count) {
        Operand.in("toFp32 from", from, pairs(count));
        Operand.out("toFp32 to", to, count);
        launch(toFp32.with(from).with(to), count);
    }

    private static void launch(KernelCall call, long count) {
        call.with(count).launch((count + SPAN - 1) / SPAN, THREADS);
    }

    /** The 4-byte elements that so many bf16 fill, the last one perhaps by half. */
    private static long pairs(long count) {
        return (count + 1) / 2;
    }
}
