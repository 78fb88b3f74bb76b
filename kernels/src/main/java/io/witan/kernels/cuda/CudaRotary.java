package io.witan.kernels.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.witan.kernels.AttentionKernel;
import io.witan.kernels.RotaryKernel;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.KernelCall;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Angles in double on the host, once; the table in fp32. */
final class CudaRotary implements RotaryKernel {
    private static final int TURNED = 2;
    private static final int PARTS = 3;
    private static final int THREADS = 256;
    private static final int ITEMS_OF_BLOCK = 2 * THREADS;
    private static final int LANES = 4;

    private final Device device;
    private final KernelCall byOne;
    private final KernelCall byFour;

    CudaRotary(Device device) {
        this.device = device;
        byOne = device.kernel("rotary", "rotary_by_1");
        byFour = device.kernel("rotary", "rotary_by_4");
    }

    @Override
    public void fillTable(MemorySegment table, int positions, int headWidth, double base) {
        requireEven(headWidth);
        long count = (long) positions * headWidth;
        Operand.out("rotary table", table, count);
        int half = headWidth / 2;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment values = arena.allocate(Float.BYTES * count, Float.BYTES);
            for (int s = 0; s < positions; s++) {
                long row = (long) s * headWidth;
                for (int i = 0; i < half; i++) {
                    double angle = s / Math.pow(base, 2.0 * i / headWidth);
                    values.setAtIndex(JAVA_FLOAT, row + i, (float) StrictMath.cos(angle));
                    values.setAtIndex(JAVA_FLOAT, row + half + i, (float) StrictMath.sin(angle));
                }
            }
            device.copyIn(values, table, Float.BYTES * count);
        }
    }

    @Override
    public void rotate(
            MemorySegment qkv, MemorySegment table, AttentionKernel.Shape shape, RotaryKernel.Direction direction) {
        CudaAttention.multiHead("rotary", shape);
        int width = shape.headWidth();
        requireEven(width);
        long tokens = (long) shape.sequences() * shape.positions();
        Operand.out("rotary qkv", qkv, PARTS * tokens * shape.width());
        Operand.in("rotary table", table, (long) (tokens == 0 ? 0 : shape.positions()) * width);
        boolean wide = width / 2 % LANES == 0 && Vectors.aligned(qkv, table);
        long items = tokens * TURNED * shape.heads() * (width / 2) / (wide ? LANES : 1);
        (wide ? byFour : byOne)
                .with(qkv)
                .with(table)
                .with(tokens)
                .with(shape.positions())
                .with(shape.heads())
                .with(width / 2)
                .with(direction == Direction.FORWARD ? 1f : -1f)
                .launch((items + ITEMS_OF_BLOCK - 1) / ITEMS_OF_BLOCK, THREADS);
    }

    private static void requireEven(int headWidth) {
        if (headWidth < 2 || headWidth % 2 != 0) {
            throw new IllegalArgumentException("rotary positions need an even head width, got " + headWidth);
        }
    }
}
