package io.witan.kernels.cuda;

import io.witan.kernels.VectorKernel;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.DeviceScratch;
import io.witan.kernels.cuda.device.KernelCall;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

final class CudaVector implements VectorKernel {
    private static final int THREADS = 256;

    /** Elements of a block (elementwise.cuh). */
    private static final int SPAN = 2048;

    /** Elements of a block, and threads of the one that adds the blocks' sums (reduce.cu). */
    private static final int PART = 8192;

    private static final int LAST_THREADS = 1024;

    private final Device device;
    private final KernelCall add;
    private final KernelCall multiply;
    private final KernelCall scale;
    private final KernelCall sumParts;
    private final KernelCall sumOfSquaresParts;
    private final KernelCall sumOfParts;
    private final DeviceScratch scratch;
    private final Readback readback;

    CudaVector(Device device) {
        this.device = device;
        add = device.kernel("vector", "vector_add");
        multiply = device.kernel("vector", "vector_multiply");
        scale = device.kernel("vector", "vector_scale");
        sumParts = device.kernel("reduce", "sum_parts");
        sumOfSquaresParts = device.kernel("reduce", "sum_of_squares_parts");
        sumOfParts = device.kernel("reduce", "sum_of_parts");
        scratch = new DeviceScratch(device);
        readback = new Readback(device);
    }

    private static void launch(KernelCall call, long count) {
        call.with(count).launch((count + SPAN - 1) / SPAN, THREADS);
    }

    @Override
    public void add(MemorySegment to, MemorySegment from, long count) {
        Operand.out("add to", to, count);
        Operand.in("add from", from, count);
        launch(add.with(to).with(from), count);
    }

    @Override
    public void multiply(MemorySegment a, MemorySegment b, MemorySegment to, long count) {
        Operand.in("multiply a", a, count);
        Operand.in("multiply b", b, count);
        Operand.out("multiply to", to, count);
        launch(multiply.with(a).with(b).with(to), count);
    }

    @Override
    public void scale(MemorySegment x, float factor, long count) {
        Operand.out("scale x", x, count);
        launch(scale.with(x).with(factor), count);
    }

    @Override
    public void zero(MemorySegment x, long count) {
        Operand.out("zero x", x, count);
        device.fill(x, (byte) 0, count * Float.BYTES);
    }

    /** Waits for the result. */
    @Override
    public double sumOfSquares(MemorySegment x, long count) {
        Operand.in("sumOfSquares x", x, count);
        return total(sumOfSquaresParts, x, count);
    }

    /** Waits for the result. */
    @Override
    public double sum(MemorySegment x, long count) {
        Operand.in("sum x", x, count);
        return total(sumParts, x, count);
    }

    private double total(KernelCall call, MemorySegment x, long count) {
        if (count == 0) {
            return 0;
        }
        long parts = (count + PART - 1) / PART;
        // The result, then the parts.
        MemorySegment memory = scratch.bytes((1 + parts) * Double.BYTES);
        MemorySegment sums = memory.asSlice(Double.BYTES);
        call.with(x).with(sums).with(count).launch(parts, THREADS);
        sumOfParts.with(sums).with(parts).with(memory).launch(1, LAST_THREADS);
        return readback.of(memory, Double.BYTES).get(ValueLayout.JAVA_DOUBLE, 0);
    }
}
