package io.witan.kernels.host;

import static io.witan.kernels.simd.Lanes.COUNT;
import static io.witan.kernels.simd.Lanes.MEMORY;
import static io.witan.kernels.simd.Lanes.ORDER;
import static io.witan.kernels.simd.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import io.witan.kernels.NormKernel;
import io.witan.kernels.operand.Operand;
import io.witan.kernels.simd.Lanes;
import io.witan.kernels.simd.Rows;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * What LayerNorm and RMSNorm share: y = (x - centre) * r * gain [+ bias] with r = 1 / sqrt(mean((x - centre)^2) +
 * epsilon). The input gradient splits over rows; those of gain and bias split over columns, so that each column is summed
 * by one thread, in blocks of rows, in row order.
 */
abstract class HostNorm implements NormKernel {
    private static final int BLOCK_ROWS = 128;

    private final Workers workers;

    HostNorm(Workers workers) {
        this.workers = workers;
    }

    /** What is subtracted from a row. */
    abstract float centre(long x, int cols);

    /** What centring takes from each element of a row's gradient. */
    abstract float centreGradient(long dy, long gain, int cols);

    abstract void checkBias(MemorySegment bias, int cols);

    abstract void checkBiasGradient(MemorySegment dBias, int cols);

    /** y = hat * gain, plus the bias if there is one. */
    abstract void normalise(long x, long gain, MemorySegment bias, long y, int cols, float mean, float reciprocal);

    abstract void addBiasGradient(MemorySegment dBias, int col, FloatVector sum, VectorMask<Float> mask);

    @Override
    public final void forward(
            MemorySegment x,
            MemorySegment gain,
            MemorySegment bias,
            MemorySegment y,
            MemorySegment stats,
            int rows,
            int cols,
            float epsilon) {
        checkSizes(rows, cols);
        Operand.in("norm x", x, (long) rows * cols);
        Operand.in("norm gain", gain, cols);
        checkBias(bias, cols);
        Operand.out("norm y", y, (long) rows * cols);
        Operand.out("norm stats", stats, 2L * rows);
        workers.rows(rows, 4L * cols, (from, to) -> {
            for (long row = from; row < to; row++) {
                long in = x.address() + 4 * row * cols;
                long out = y.address() + 4 * row * cols;
                float mean = centre(in, cols);
                double variance = Rows.sumOfSquaredDifferences(in, mean, cols) / (double) cols;
                float reciprocal = (float) (1 / Math.sqrt(variance + epsilon));
                normalise(in, gain.address(), bias, out, cols, mean, reciprocal);
                Lanes.set(stats.address() + 8 * row, mean);
                Lanes.set(stats.address() + 8 * row + 4, reciprocal);
            }
        });
    }

    @Override
    public final void backward(Gradient g, int rows, int cols) {
        checkSizes(rows, cols);
        Operand.in("norm x", g.x(), (long) rows * cols);
        Operand.in("norm gain", g.gain(), cols);
        Operand.in("norm stats", g.stats(), 2L * rows);
        Operand.in("norm dy", g.dy(), (long) rows * cols);
        Operand.out("norm dx", g.dx(), (long) rows * cols);
        Operand.out("norm dGain", g.dGain(), cols);
        checkBiasGradient(g.dBias(), cols);
        workers.rows(rows, 4L * cols, (from, to) -> {
            for (long row = from; row < to; row++) {
                inputGradient(g, row, cols);
            }
        });
        int vectors = (cols + COUNT - 1) / COUNT;
        workers.rows(rows == 0 ? 0 : vectors, 2L * COUNT * rows, (from, to) -> {
            for (long v = from; v < to; v++) {
                columnGradient(g, (int) v * COUNT, rows, cols);
            }
        });
    }

    /** dx += r * (dy * gain - centreGradient - hat * mean(dy * gain * hat)). */
    private void inputGradient(Gradient g, long row, int n) {
        long x = g.x().address() + 4 * row * n;
        long dy = g.dy().address() + 4 * row * n;
        long dx = g.dx().address() + 4 * row * n;
        long gain = g.gain().address();
        float mean = Lanes.get(g.stats().address() + 8 * row);
        float reciprocal = Lanes.get(g.stats().address() + 8 * row + 4);
        float shift = centreGradient(dy, gain, n);
        float projection = -projection(x, dy, gain, n, mean, reciprocal) / n;
        int i = 0;
        for (; i <= n - COUNT; i += COUNT) {
            FloatVector hat = fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER)
                    .sub(mean)
                    .mul(reciprocal);
            FloatVector d = fromMemorySegment(SPECIES, MEMORY, dy + 4L * i, ORDER)
                    .mul(fromMemorySegment(SPECIES, MEMORY, gain + 4L * i, ORDER));
            hat.lanewise(VectorOperators.FMA, FloatVector.broadcast(SPECIES, projection), d.sub(shift))
                    .mul(reciprocal)
                    .add(fromMemorySegment(SPECIES, MEMORY, dx + 4L * i, ORDER))
                    .intoMemorySegment(MEMORY, dx + 4L * i, ORDER);
        }
        if (i < n) {
            VectorMask<Float> mask = SPECIES.indexInRange(0, n - i);
            FloatVector hat = fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER, mask)
                    .sub(mean)
                    .mul(reciprocal);
            FloatVector d = fromMemorySegment(SPECIES, MEMORY, dy + 4L * i, ORDER, mask)
                    .mul(fromMemorySegment(SPECIES, MEMORY, gain + 4L * i, ORDER, mask));
            hat.lanewise(VectorOperators.FMA, FloatVector.broadcast(SPECIES, projection), d.sub(shift))
                    .mul(reciprocal)
                    .add(fromMemorySegment(SPECIES, MEMORY, dx + 4L * i, ORDER, mask))
                    .intoMemorySegment(MEMORY, dx + 4L * i, ORDER, mask);
        }
    }

    /** Sum of dy * gain * hat over a row. */
    private static float projection(long x, long dy, long gain, int n, float mean, float reciprocal) {
        FloatVector sum = FloatVector.zero(SPECIES);
        int i = 0;
        for (; i <= n - COUNT; i += COUNT) {
            FloatVector hat = fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER)
                    .sub(mean)
                    .mul(reciprocal);
            sum = fromMemorySegment(SPECIES, MEMORY, dy + 4L * i, ORDER)
                    .mul(fromMemorySegment(SPECIES, MEMORY, gain + 4L * i, ORDER))
                    .lanewise(VectorOperators.FMA, hat, sum);
        }
        if (i < n) {
            VectorMask<Float> mask = SPECIES.indexInRange(0, n - i);
            FloatVector hat = fromMemorySegment(SPECIES, MEMORY, x + 4L * i, ORDER, mask)
                    .sub(mean)
                    .mul(reciprocal);
            sum = fromMemorySegment(SPECIES, MEMORY, dy + 4L * i, ORDER, mask)
                    .mul(fromMemorySegment(SPECIES, MEMORY, gain + 4L * i, ORDER, mask))
                    .lanewise(VectorOperators.FMA, hat, sum);
        }
        return Lanes.sum(sum);
    }

    private void columnGradient(Gradient g, int col, int rows, int cols) {
        VectorMask<Float> mask = SPECIES.indexInRange(0, cols - col);
        FloatVector gain = FloatVector.zero(SPECIES);
        FloatVector bias = gain;
        for (int begin = 0; begin < rows; begin += BLOCK_ROWS) {
            FloatVector blockGain = FloatVector.zero(SPECIES);
            FloatVector blockBias = blockGain;
            int end = Math.min(rows, begin + BLOCK_ROWS);
            for (int row = begin; row < end; row++) {
                long offset = 4L * ((long) row * cols + col);
                float mean = Lanes.get(g.stats().address() + 8L * row);
                float reciprocal = Lanes.get(g.stats().address() + 8L * row + 4);
                FloatVector dy = fromMemorySegment(SPECIES, MEMORY, g.dy().address() + offset, ORDER, mask);
                FloatVector hat = fromMemorySegment(SPECIES, MEMORY, g.x().address() + offset, ORDER, mask)
                        .sub(mean)
                        .mul(reciprocal);
                blockGain = dy.lanewise(VectorOperators.FMA, hat, blockGain);
                blockBias = blockBias.add(dy);
            }
            gain = gain.add(blockGain);
            bias = bias.add(blockBias);
        }
        long dGain = g.dGain().address() + 4L * col;
        fromMemorySegment(SPECIES, MEMORY, dGain, ORDER, mask).add(gain).intoMemorySegment(MEMORY, dGain, ORDER, mask);
        addBiasGradient(g.dBias(), col, bias, mask);
    }

    private static void checkSizes(int rows, int cols) {
        Operand.size("norm rows", rows);
        Operand.positive("norm cols", cols);
    }
}
