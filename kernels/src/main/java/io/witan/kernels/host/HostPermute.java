package io.witan.kernels.host;

import static io.witan.kernels.simd.Lanes.COUNT;
import static io.witan.kernels.simd.Lanes.MEMORY;
import static io.witan.kernels.simd.Lanes.ORDER;
import static io.witan.kernels.simd.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import io.witan.kernels.PermuteKernel;
import io.witan.kernels.operand.Operand;
import io.witan.kernels.simd.Lanes;
import io.witan.kernels.simd.Rows;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

final class HostPermute implements PermuteKernel {
    private final Workers workers;

    HostPermute(Workers workers) {
        this.workers = workers;
    }

    @Override
    public void sort(MemorySegment keys, int n, int keyCount, int[] offsets, MemorySegment order) {
        Operand.size("sort n", n);
        if (keyCount < 0 || offsets.length != keyCount + 1) {
            throw new IllegalArgumentException(
                    "sort: " + offsets.length + " offsets for " + keyCount + " keys; one more than keys needed");
        }
        Operand.indices("sort keys", keys, n, 0, keyCount);
        Operand.out("sort order", order, n);
        workers.serially(() -> countingSort(keys.address(), n, offsets, order.address()));
    }

    private static void countingSort(long keys, int n, int[] offsets, long order) {
        Arrays.fill(offsets, 0);
        for (int i = 0; i < n; i++) {
            offsets[Lanes.getInt(keys + 4L * i) + 1]++;
        }
        for (int key = 1; key < offsets.length; key++) {
            offsets[key] += offsets[key - 1];
        }
        for (int i = 0; i < n; i++) {
            int key = Lanes.getInt(keys + 4L * i);
            Lanes.setInt(order + 4L * offsets[key]++, i);
        }
        // Every entry has moved to the end of its run, which is where the next one begins.
        System.arraycopy(offsets, 0, offsets, 1, offsets.length - 1);
        offsets[0] = 0;
    }

    @Override
    public void gatherRows(MemorySegment from, MemorySegment row, MemorySegment to, int n, int cols) {
        checkSizes(n, 1, cols);
        Operand.in("gatherRows from", from, 0);
        Operand.indices("gatherRows row", row, n, 0, Operand.rowsOf(from, cols));
        Operand.out("gatherRows to", to, (long) n * cols);
        long bytes = 4L * cols;
        workers.rows(n, cols, (begin, end) -> {
            for (long j = begin; j < end; j++) {
                int source = Lanes.getInt(row.address() + 4 * j);
                Rows.copy(from.address() + source * bytes, to.address() + j * bytes, cols);
            }
        });
    }

    @Override
    public void scatterRows(MemorySegment from, MemorySegment row, MemorySegment to, int n, int cols) {
        checkSizes(n, 1, cols);
        Operand.in("scatterRows from", from, (long) n * cols);
        Operand.out("scatterRows to", to, 0);
        Operand.indices("scatterRows row", row, n, 0, Operand.rowsOf(to, cols));
        long bytes = 4L * cols;
        workers.rows(n, cols, (begin, end) -> {
            for (long j = begin; j < end; j++) {
                int target = Lanes.getInt(row.address() + 4 * j);
                Rows.copy(from.address() + j * bytes, to.address() + target * bytes, cols);
            }
        });
    }

    @Override
    public void combine(
            MemorySegment y,
            MemorySegment position,
            MemorySegment weight,
            MemorySegment out,
            int tokens,
            int topK,
            int cols) {
        checkSizes(tokens, topK, cols);
        Operand.in("combine y", y, 0);
        Operand.indices("combine position", position, (long) tokens * topK, 0, Operand.rowsOf(y, cols));
        Operand.in("combine weight", weight, (long) tokens * topK);
        Operand.out("combine out", out, (long) tokens * cols);
        workers.rows(tokens, (long) topK * cols, (from, to) -> {
            for (long i = from * topK; i < to * topK; i++) {
                long source = y.address() + 4L * cols * Lanes.getInt(position.address() + 4 * i);
                Rows.addScaled(
                        source, Lanes.get(weight.address() + 4 * i), out.address() + 4L * cols * (i / topK), cols);
            }
        });
    }

    @Override
    public void combineBackward(CombineGradient gradient, int tokens, int topK, int cols) {
        checkSizes(tokens, topK, cols);
        MemorySegment y = gradient.y();
        MemorySegment dy = gradient.dy();
        long assignments = (long) tokens * topK;
        long rows = Math.min(Operand.rowsOf(y, cols), Operand.rowsOf(dy, cols));
        Operand.in("combineBackward y", y, 0);
        Operand.out("combineBackward dy", dy, 0);
        Operand.indices("combineBackward position", gradient.position(), assignments, 0, rows);
        Operand.in("combineBackward weight", gradient.weight(), assignments);
        Operand.in("combineBackward dOut", gradient.dOut(), (long) tokens * cols);
        Operand.out("combineBackward dWeight", gradient.dWeight(), assignments);
        workers.rows(tokens, 2L * topK * cols, (from, to) -> {
            for (long i = from * topK; i < to * topK; i++) {
                long row = 4L * cols * Lanes.getInt(gradient.position().address() + 4 * i);
                long dOut = gradient.dOut().address() + 4L * cols * (i / topK);
                Lanes.set(gradient.dWeight().address() + 4 * i, Rows.dot(dOut, y.address() + row, cols));
                Rows.scaled(dOut, Lanes.get(gradient.weight().address() + 4 * i), dy.address() + row, cols);
            }
        });
    }

    @Override
    public void sumByPosition(
            MemorySegment dy, MemorySegment position, MemorySegment dx, int tokens, int topK, int cols, float beta) {
        checkSizes(tokens, topK, cols);
        Operand.in("sumByPosition dy", dy, 0);
        Operand.indices("sumByPosition position", position, (long) tokens * topK, 0, Operand.rowsOf(dy, cols));
        Operand.out("sumByPosition dx", dx, (long) tokens * cols);
        workers.rows(tokens, (long) topK * cols, (from, to) -> {
            for (long t = from; t < to; t++) {
                sumRow(dy.address(), position.address() + 4 * t * topK, dx.address() + 4 * t * cols, topK, cols, beta);
            }
        });
    }

    private static void sumRow(long dy, long position, long dx, int topK, int cols, float beta) {
        for (int c = 0; c < cols; c += COUNT) {
            VectorMask<Float> mask = SPECIES.indexInRange(0, cols - c);
            FloatVector sum = beta == 0f
                    ? FloatVector.zero(SPECIES)
                    : fromMemorySegment(SPECIES, MEMORY, dx + 4L * c, ORDER, mask)
                            .mul(beta);
            for (int k = 0; k < topK; k++) {
                long row = dy + 4L * cols * Lanes.getInt(position + 4L * k);
                sum = sum.add(fromMemorySegment(SPECIES, MEMORY, row + 4L * c, ORDER, mask));
            }
            sum.intoMemorySegment(MEMORY, dx + 4L * c, ORDER, mask);
        }
    }

    private static void checkSizes(int rows, int topK, int cols) {
        Operand.size("permute rows", rows);
        Operand.size("permute topK", topK);
        Operand.size("permute cols", cols);
    }
}
