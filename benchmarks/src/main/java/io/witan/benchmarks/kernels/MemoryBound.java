package io.witan.benchmarks.kernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.kernels.AdamWKernel;
import io.witan.kernels.Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;

/**
 * Kernels whose time is that of the memory they touch, on more than a cache holds. Bytes are those read and written, each once;
 * what the processor reads only to overwrite it is not counted, in a copy either.
 */
final class MemoryBound {
    private static final int ROWS = 1 << 15;
    private static final int EXPERTS = 8;
    private static final int TOP_K = 2;
    private static final float WEIGHT = 0.5f;
    private static final double TOLERANCE = 1e-4;

    private final int width;
    private final long count;
    private final MemorySegment[] buffers = new MemorySegment[7];
    /** Row j in expert order is row permutation[j] in token order; position is its inverse. */
    private final MemorySegment permutation;

    private final MemorySegment position;
    private final MemorySegment weights;
    private final MemorySegment row;
    private final MemorySegment stats;

    /** @param operation what is timed; {@code check} fails if its last result is wrong */
    record Kernel(String name, double bytes, Runnable operation, Runnable check) {}

    MemoryBound(int width, Arena arena) {
        this.width = width;
        this.count = (long) ROWS * width;
        Random random = new Random(2);
        for (int i = 0; i < buffers.length; i++) {
            buffers[i] = arena.allocate(JAVA_FLOAT, count);
        }
        for (long i = 0; i < count; i++) {
            buffers[0].setAtIndex(JAVA_FLOAT, i, (float) random.nextGaussian());
        }
        permutation = arena.allocate(JAVA_INT, ROWS);
        position = arena.allocate(JAVA_INT, ROWS);
        route(random);
        weights = arena.allocate(JAVA_FLOAT, ROWS);
        for (int i = 0; i < ROWS; i++) {
            weights.setAtIndex(JAVA_FLOAT, i, WEIGHT);
        }
        row = arena.allocate(JAVA_FLOAT, 2L * width);
        for (int i = 0; i < width; i++) {
            row.setAtIndex(JAVA_FLOAT, i, 1);
        }
        stats = arena.allocate(JAVA_FLOAT, 2L * ROWS);
    }

    /** Every row goes to a random expert and stays in order there, as a gate's choices do. */
    private void route(Random random) {
        int[] expert = random.ints(ROWS, 0, EXPERTS).toArray();
        int next = 0;
        for (int e = 0; e < EXPERTS; e++) {
            for (int i = 0; i < ROWS; i++) {
                if (expert[i] == e) {
                    permutation.setAtIndex(JAVA_INT, next, i);
                    position.setAtIndex(JAVA_INT, i, next++);
                }
            }
        }
    }

    /** The yardstick: half of the bytes are read, half written. */
    double copyBytes() {
        return 8.0 * count;
    }

    void copy() {
        MemorySegment.copy(buffers[0], 0, buffers[1], 0, 4 * count);
    }

    List<Kernel> kernels(Kernels kernels) {
        return List.of(permute(kernels), unpermute(kernels), norm(kernels), adamW(kernels), squares(kernels));
    }

    private Kernel permute(Kernels kernels) {
        Runnable run = () -> kernels.permute().gatherRows(buffers[0], permutation, buffers[1], ROWS, width);
        return new Kernel("permute (gather rows)", 8.0 * count, run, () -> {
            int from = permutation.getAtIndex(JAVA_INT, 5);
            for (int col = 0; col < width; col++) {
                expect("row 5", get(0, (long) from * width + col), get(1, 5L * width + col));
            }
        });
    }

    private Kernel unpermute(Kernels kernels) {
        Runnable run =
                () -> kernels.permute().combine(buffers[0], position, weights, buffers[2], ROWS / TOP_K, TOP_K, width);
        // Rows read once, outputs read and written.
        return new Kernel("unpermute (weighted, top 2)", 8.0 * count, run, () -> {
            kernels.vector().zero(buffers[2], count);
            run.run();
            long first = position.getAtIndex(JAVA_INT, 3L * TOP_K);
            long second = position.getAtIndex(JAVA_INT, 3L * TOP_K + 1);
            for (int col = 0; col < width; col++) {
                double sum = WEIGHT * get(0, first * width + col) + WEIGHT * get(0, second * width + col);
                expect("token 3", sum, get(2, 3L * width + col));
            }
        });
    }

    private Kernel norm(Kernels kernels) {
        MemorySegment bias = row.asSlice(4L * width);
        Runnable run = () -> kernels.layerNorm().forward(buffers[0], row, bias, buffers[1], stats, ROWS, width, 1e-5f);
        return new Kernel("layer norm", 8.0 * count, run, () -> {
            double sum = 0;
            double squares = 0;
            for (int col = 0; col < width; col++) {
                sum += get(1, col);
                squares += (double) get(1, col) * get(1, col);
            }
            expect("mean of row 0", 0, sum / width);
            expect("mean square of row 0", 1, squares / width);
        });
    }

    private Kernel adamW(Kernels kernels) {
        AdamWKernel.State in = new AdamWKernel.State(buffers[1], buffers[2], buffers[3]);
        AdamWKernel.State out = new AdamWKernel.State(buffers[4], buffers[5], buffers[6]);
        AdamWKernel.Update update = new AdamWKernel.Update(1e-3f, 0.9f, 0.999f, 1e-8f, 0.1f, 10, 1);
        Runnable run = () -> kernels.adamW().step(in, buffers[0], out, count, update);
        return new Kernel("AdamW", 28.0 * count, run, () -> {
            kernels.vector().zero(buffers[2], count);
            kernels.vector().zero(buffers[3], count);
            run.run();
            for (int i = 0; i < width; i++) {
                double gradient = get(0, i);
                double moment = 0.1 * gradient / (1 - Math.pow(0.9, 10));
                double deviation = Math.sqrt(0.001 * gradient * gradient / (1 - Math.pow(0.999, 10)));
                double expected = get(1, i) * (1 - 1e-4) - 1e-3 * moment / (deviation + 1e-8);
                expect("parameter " + i, expected, get(4, i));
            }
        });
    }

    private Kernel squares(Kernels kernels) {
        Runnable run = () -> kernels.vector().sumOfSquares(buffers[0], count);
        return new Kernel("sum of squares", 4.0 * count, run, () -> {
            double sum = 0;
            for (long i = 0; i < count; i++) {
                sum += (double) get(0, i) * get(0, i);
            }
            expect("sum of squares", 1, kernels.vector().sumOfSquares(buffers[0], count) / sum);
        });
    }

    private float get(int buffer, long index) {
        return buffers[buffer].getAtIndex(JAVA_FLOAT, index);
    }

    private static void expect(String what, double expected, double found) {
        if (!(Math.abs(found - expected) <= TOLERANCE)) {
            throw new IllegalStateException(what + ": " + found + ", expected " + expected);
        }
    }
}
