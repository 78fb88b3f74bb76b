package io.witan.kernels.cuda;

import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.KernelCall;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

/**
 * Element-wise sums ((a + b) + c) + ... of R terms in their order, in fp32: the same bits wherever they are computed. Terms are
 * given as R addresses in device memory, int64.
 */
final class CudaFixedOrderSum {
    private static final int THREADS = 256;

    /** Elements of a block (fixed_order_sum.cu). */
    private static final int SPAN = 2048;

    private final KernelCall fp32;
    private final KernelCall bf16;

    CudaFixedOrderSum(Device device) {
        fp32 = device.kernel("fixed_order_sum", "fixed_order_sum");
        bf16 = device.kernel("fixed_order_sum", "fixed_order_sum_bf16");
    }

    /**
     * @param from [terms] addresses of [count] fp32 each
     * @param terms R, at least 1
     * @param to [count], out; may be exactly one of the terms
     */
    void sum(MemorySegment from, int terms, MemorySegment to, long count) {
        launch(fp32, from, terms, to, count);
    }

    /**
     * @param from [terms] addresses of [count] bf16 each
     * @param terms R, at least 1
     * @param to [count] fp32, out
     */
    void sumBf16(MemorySegment from, int terms, MemorySegment to, long count) {
        launch(bf16, from, terms, to, count);
    }

    private static void launch(KernelCall call, MemorySegment from, int terms, MemorySegment to, long count) {
        if (terms < 1) {
            throw new IllegalArgumentException("fixedOrderSum terms is " + terms);
        }
        Operand.in("fixedOrderSum from", from, 2L * terms);
        Operand.out("fixedOrderSum to", to, count);
        call.with(from).with(terms).with(to).with(count).launch((count + SPAN - 1) / SPAN, THREADS);
    }
}
