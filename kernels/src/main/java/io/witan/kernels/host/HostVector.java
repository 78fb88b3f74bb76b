package io.witan.kernels.host;

import static io.witan.kernels.simd.Lanes.COUNT;
import static io.witan.kernels.simd.Lanes.MEMORY;
import static io.witan.kernels.simd.Lanes.ORDER;
import static io.witan.kernels.simd.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import io.witan.kernels.VectorKernel;
import io.witan.kernels.operand.Operand;
import io.witan.kernels.simd.Lanes;
import io.witan.kernels.simd.Rows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

final class HostVector implements VectorKernel {
    /** Sums are taken over blocks of this many elements, then over blocks in order: the same for any thread count. */
    private static final int BLOCK = 1 << 15;

    private static final int HALF = COUNT / 2;
    private static final VectorSpecies<Double> DOUBLES =
            VectorSpecies.of(double.class, VectorShape.forBitSize(HALF * Double.SIZE));

    private final Workers workers;
    private final Scratch scratch;

    HostVector(Workers workers, Scratch scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    private interface BlockSum {
        double of(long address, int n);
    }

    @Override
    public void add(MemorySegment to, MemorySegment from, long count) {
        Operand.out("add to", to, count);
        Operand.in("add from", from, count);
        blocks(
                count,
                (begin, end) -> Rows.add(from.address() + 4 * begin, to.address() + 4 * begin, (int) (end - begin)));
    }

    @Override
    public void multiply(MemorySegment a, MemorySegment b, MemorySegment to, long count) {
        Operand.in("multiply a", a, count);
        Operand.in("multiply b", b, count);
        Operand.out("multiply to", to, count);
        blocks(
                count,
                (begin, end) ->
                        Rows.multiply(a.address() + 4 * begin, b.address() + 4 * begin, to.address() + 4 * begin, (int)
                                (end - begin)));
    }

    @Override
    public void scale(MemorySegment x, float factor, long count) {
        Operand.out("scale x", x, count);
        blocks(count, (begin, end) -> Rows.scale(x.address() + 4 * begin, factor, (int) (end - begin)));
    }

    @Override
    public void zero(MemorySegment x, long count) {
        Operand.out("zero x", x, count);
        workers.elements(count, (begin, end) -> Lanes.zero(x.address() + 4 * begin, 4 * (end - begin)));
    }

    @Override
    public double sumOfSquares(MemorySegment x, long count) {
        Operand.in("sumOfSquares x", x, count);
        return total(x, count, HostVector::squares);
    }

    @Override
    public double sum(MemorySegment x, long count) {
        Operand.in("sum x", x, count);
        return total(x, count, HostVector::plain);
    }

    private void blocks(long count, Workers.RangeTask task) {
        workers.elements(count, (from, to) -> {
            for (long begin = from; begin < to; begin += BLOCK) {
                task.run(begin, Math.min(to, begin + BLOCK));
            }
        });
    }

    private double total(MemorySegment x, long count, BlockSum sum) {
        long blocks = (count + BLOCK - 1) / BLOCK;
        MemorySegment partial = scratch.floats(2 * blocks);
        workers.rows(blocks, BLOCK, (from, to) -> {
            for (long block = from; block < to; block++) {
                int n = (int) Math.min(BLOCK, count - block * BLOCK);
                partial.setAtIndex(ValueLayout.JAVA_DOUBLE, block, sum.of(x.address() + 4 * block * BLOCK, n));
            }
        });
        double total = 0;
        for (long block = 0; block < blocks; block++) {
            total += partial.getAtIndex(ValueLayout.JAVA_DOUBLE, block);
        }
        return total;
    }

    private static double squares(long address, int n) {
        DoubleVector low = DoubleVector.zero(DOUBLES);
        DoubleVector high = low;
        int i = 0;
        for (; i <= n - COUNT; i += COUNT) {
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, address + 4L * i, ORDER);
            DoubleVector first = widened(v, 0);
            DoubleVector second = widened(v, 1);
            low = first.lanewise(VectorOperators.FMA, first, low);
            high = second.lanewise(VectorOperators.FMA, second, high);
        }
        if (i < n) {
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, address + 4L * i, ORDER, SPECIES.indexInRange(0, n - i));
            DoubleVector first = widened(v, 0);
            DoubleVector second = widened(v, 1);
            low = first.lanewise(VectorOperators.FMA, first, low);
            high = second.lanewise(VectorOperators.FMA, second, high);
        }
        return lanesInOrder(low.add(high));
    }

    private static double plain(long address, int n) {
        DoubleVector low = DoubleVector.zero(DOUBLES);
        DoubleVector high = low;
        int i = 0;
        for (; i <= n - COUNT; i += COUNT) {
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, address + 4L * i, ORDER);
            low = low.add(widened(v, 0));
            high = high.add(widened(v, 1));
        }
        if (i < n) {
            FloatVector v = fromMemorySegment(SPECIES, MEMORY, address + 4L * i, ORDER, SPECIES.indexInRange(0, n - i));
            low = low.add(widened(v, 0));
            high = high.add(widened(v, 1));
        }
        return lanesInOrder(low.add(high));
    }

    private static DoubleVector widened(FloatVector v, int part) {
        return (DoubleVector) v.convertShape(VectorOperators.F2D, DOUBLES, part);
    }

    private static double lanesInOrder(DoubleVector v) {
        double sum = 0;
        for (int lane = 0; lane < DOUBLES.length(); lane++) {
            sum += v.lane(lane);
        }
        return sum;
    }
}
