package io.witan.kernels.host;

import static io.witan.kernels.simd.Lanes.COUNT;
import static io.witan.kernels.simd.Lanes.MEMORY;
import static io.witan.kernels.simd.Lanes.ORDER;
import static io.witan.kernels.simd.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import io.witan.kernels.AttentionKernel;
import io.witan.kernels.RotaryKernel;
import io.witan.kernels.operand.Operand;
import io.witan.kernels.simd.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** Row by row; angles in double, the table in fp32. */
final class HostRotary implements RotaryKernel {
    private final Workers workers;

    HostRotary(Workers workers) {
        this.workers = workers;
    }

    @Override
    public void fillTable(MemorySegment table, int positions, int headWidth, double base) {
        requireEven(headWidth);
        Operand.out("rotary table", table, (long) positions * headWidth);
        int half = headWidth / 2;
        for (int s = 0; s < positions; s++) {
            long row = table.address() + 4L * s * headWidth;
            for (int i = 0; i < half; i++) {
                double angle = s / Math.pow(base, 2.0 * i / headWidth);
                Lanes.set(row + 4L * i, (float) StrictMath.cos(angle));
                Lanes.set(row + 4L * (half + i), (float) StrictMath.sin(angle));
            }
        }
    }

    @Override
    public void rotate(
            MemorySegment qkv, MemorySegment table, AttentionKernel.Shape shape, RotaryKernel.Direction direction) {
        int width = shape.headWidth();
        requireEven(width);
        long tokens = (long) shape.sequences() * shape.positions();
        Operand.out("rotary qkv", qkv, tokens * shape.rowWidth());
        Operand.in("rotary table", table, (long) (tokens == 0 ? 0 : shape.positions()) * width);
        float sign = direction == Direction.FORWARD ? 1 : -1;
        int turned = shape.heads() + shape.kvHeads();
        workers.rows(tokens, (long) turned * width, (from, to) -> {
            for (long t = from; t < to; t++) {
                long row = qkv.address() + 4L * shape.rowWidth() * t;
                long angles = table.address() + 4L * width * (t % shape.positions());
                for (int head = 0; head < turned; head++) {
                    turn(row + 4L * head * width, angles, width / 2, sign);
                }
            }
        });
    }

    private static void turn(long head, long angles, int half, float sign) {
        for (int i = 0; i < half; i += COUNT) {
            VectorMask<Float> mask = SPECIES.indexInRange(0, half - i);
            FloatVector cos = fromMemorySegment(SPECIES, MEMORY, angles + 4L * i, ORDER, mask);
            FloatVector sin = fromMemorySegment(SPECIES, MEMORY, angles + 4L * (half + i), ORDER, mask)
                    .mul(sign);
            FloatVector a = fromMemorySegment(SPECIES, MEMORY, head + 4L * i, ORDER, mask);
            FloatVector b = fromMemorySegment(SPECIES, MEMORY, head + 4L * (half + i), ORDER, mask);
            a.mul(cos).sub(b.mul(sin)).intoMemorySegment(MEMORY, head + 4L * i, ORDER, mask);
            b.mul(cos).add(a.mul(sin)).intoMemorySegment(MEMORY, head + 4L * (half + i), ORDER, mask);
        }
    }

    private static void requireEven(int headWidth) {
        if (headWidth < 2 || headWidth % 2 != 0) {
            throw new IllegalArgumentException("rotary positions need an even head width, got " + headWidth);
        }
    }
}
