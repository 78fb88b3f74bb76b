package io.witan.benchmarks.gpu;

import io.witan.benchmarks.gpu.Case.Work;
import io.witan.benchmarks.gpu.RandomData.Filled;
import io.witan.kernels.Kernels;
import io.witan.kernels.NormKernel;
import io.witan.kernels.PermuteKernel;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;

/** Kernels on fp32 rows whose time is that of the memory they touch: rows moved between orders, and norms. */
final class RowCases {
    private static final int TOP_K = 2;
    private static final float EPSILON = 1e-5f;
    private static final int ROWS_COMPARED = 8;

    private final Buffers buffers;
    private final Kernels kernels;
    private final int width;
    private final int rows;
    private final int tokens;
    private final int[] permutation;
    private final MemorySegment permutationOnDevice;
    private final Filled x;
    private final Filled dy;
    private final Filled gain;
    private final Filled bias;
    private final Filled weight;
    private final MemorySegment out;
    private final MemorySegment stats;
    private final MemorySegment parameters;

    /** Half as many tokens as rows: each has two. */
    RowCases(Buffers buffers, Kernels kernels, Shapes.Rows shape) {
        this.buffers = buffers;
        this.kernels = kernels;
        width = shape.width();
        tokens = shape.rows() / TOP_K;
        rows = tokens * TOP_K;
        permutation = shuffled(rows);
        permutationOnDevice = buffers.ints(permutation);
        x = buffers.randomFp32(count(), 0);
        dy = buffers.randomFp32(count(), 0);
        gain = buffers.randomFp32(width, 0);
        bias = buffers.randomFp32(width, 0);
        weight = buffers.randomFp32(rows, 0);
        out = buffers.fp32(count());
        stats = buffers.fp32(2L * rows);
        parameters = buffers.fp32(2L * width);
    }

    private long count() {
        return (long) rows * width;
    }

    private static int[] shuffled(int count) {
        int[] order = new int[count];
        SplittableRandom random = new SplittableRandom(2);
        for (int i = 1; i < count; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    List<Case> cases() {
        double rowBytes = 4.0 * count();
        return List.of(
                new Case("permute", Work.bytes(2 * rowBytes + 4.0 * rows), 1, new Gather()),
                new Case("unpermute, weighted", Work.bytes(2 * rowBytes + 8.0 * rows), 1, new Combine()),
                new Case("unpermute, backward", Work.bytes(2.5 * rowBytes + 12.0 * rows), 1, new CombineBackward()),
                new Case("permute, backward", Work.bytes(1.5 * rowBytes + 4.0 * rows), 1, new SumByPosition()),
                new Case("LayerNorm", Work.bytes(2 * rowBytes + 8.0 * rows), 1, new Norm(kernels.layerNorm(), true)),
                new Case("RMSNorm", Work.bytes(2 * rowBytes + 8.0 * rows), 1, new Norm(kernels.rmsNorm(), false)),
                backward("LayerNorm, backward", new Norm(kernels.layerNorm(), true)),
                backward("RMSNorm, backward", new Norm(kernels.rmsNorm(), false)));
    }

    private Case backward(String name, Norm norm) {
        // x and dy are read, dx is read and written.
        return new Case(name, Work.bytes(16.0 * count() + 8.0 * rows), 1, new NormBackward(norm));
    }

    private double x(int row, int column) {
        return x.at((long) row * width + column);
    }

    private double dy(int row, int column) {
        return dy.at((long) row * width + column);
    }

    private float[] row(MemorySegment result, int row) {
        return buffers.floats(result, (long) row * width, width);
    }

    private final class Gather implements Case.Steps {
        @Override
        public void call(int set) {
            kernels.permute().gatherRows(x.segment(), permutationOnDevice, out, rows, width);
        }

        @Override
        public void check(int set) {
            buffers.poison(out);
            call(set);
            SpotCheck check = new SpotCheck("permute", 0);
            for (int row : SpotCheck.some(rows)) {
                float[] found = row(out, row);
                for (int column = 0; column < width; column++) {
                    check.compare(x(permutation[row], column), found[column]);
                }
            }
            check.finish();
        }
    }

    private final class Combine implements Case.Steps {
        @Override
        public void call(int set) {
            kernels.permute().combine(x.segment(), permutationOnDevice, weight.segment(), out, tokens, TOP_K, width);
        }

        @Override
        public void check(int set) {
            buffers.poison(out);
            kernels.vector().zero(out, (long) tokens * width);
            call(set);
            SpotCheck check = new SpotCheck("unpermute, weighted", SpotCheck.FP32);
            for (int token : SpotCheck.some(tokens)) {
                int first = token * TOP_K;
                float[] found = row(out, token);
                for (int column = 0; column < width; column++) {
                    double expected = weight.at(first) * x(permutation[first], column)
                            + weight.at(first + 1L) * x(permutation[first + 1], column);
                    check.compare(expected, found[column]);
                }
            }
            check.finish();
        }
    }

    private final class CombineBackward implements Case.Steps {
        private final MemorySegment dWeight = buffers.fp32(rows);

        @Override
        public void call(int set) {
            kernels.permute()
                    .combineBackward(
                            new PermuteKernel.CombineGradient(
                                    x.segment(), permutationOnDevice, weight.segment(), dy.segment(), out, dWeight),
                            tokens,
                            TOP_K,
                            width);
        }

        @Override
        public void check(int set) {
            buffers.poison(out, dWeight);
            call(set);
            SpotCheck gradients = new SpotCheck("unpermute, backward", SpotCheck.FP32);
            SpotCheck weights = new SpotCheck("unpermute, gradient of the weights", SpotCheck.FP32);
            for (int assignment : SpotCheck.some(rows)) {
                int token = assignment / TOP_K;
                float[] found = row(out, permutation[assignment]);
                double dot = 0;
                for (int column = 0; column < width; column++) {
                    gradients.compare(weight.at(assignment) * dy(token, column), found[column]);
                    dot += dy(token, column) * x(permutation[assignment], column);
                }
                weights.compare(dot, buffers.fp32At(dWeight, assignment));
            }
            gradients.finish();
            weights.finish();
        }
    }

    private final class SumByPosition implements Case.Steps {
        @Override
        public void call(int set) {
            kernels.permute().sumByPosition(dy.segment(), permutationOnDevice, out, tokens, TOP_K, width, 0);
        }

        @Override
        public void check(int set) {
            buffers.poison(out);
            call(set);
            SpotCheck check = new SpotCheck("permute, backward", SpotCheck.FP32);
            for (int token : SpotCheck.some(tokens)) {
                float[] found = row(out, token);
                for (int column = 0; column < width; column++) {
                    double expected =
                            dy(permutation[token * TOP_K], column) + dy(permutation[token * TOP_K + 1], column);
                    check.compare(expected, found[column]);
                }
            }
            check.finish();
        }
    }

    /** @param isCentred LayerNorm, with a bias; else RMSNorm */
    private final class Norm implements Case.Steps {
        private final NormKernel kernel;
        private final boolean isCentred;

        Norm(NormKernel kernel, boolean isCentred) {
            this.kernel = kernel;
            this.isCentred = isCentred;
        }

        @Override
        public void call(int set) {
            kernel.forward(x.segment(), gain.segment(), bias.segment(), out, stats, rows, width, EPSILON);
        }

        /** Mean and reciprocal deviation of a row. */
        double[] stats(int row) {
            double mean = 0;
            for (int column = 0; isCentred && column < width; column++) {
                mean += x(row, column) / width;
            }
            double variance = 0;
            for (int column = 0; column < width; column++) {
                variance += (x(row, column) - mean) * (x(row, column) - mean) / width;
            }
            return new double[] {mean, 1 / Math.sqrt(variance + EPSILON)};
        }

        @Override
        public void check(int set) {
            buffers.poison(out, stats);
            call(set);
            SpotCheck check = new SpotCheck("norm", SpotCheck.FP32);
            for (int row : SpotCheck.some(rows, ROWS_COMPARED)) {
                double[] of = stats(row);
                float[] found = row(out, row);
                for (int column = 0; column < width; column++) {
                    double normal = (x(row, column) - of[0]) * of[1];
                    check.compare(normal * gain.at(column) + (isCentred ? bias.at(column) : 0), found[column]);
                }
            }
            check.finish();
        }
    }

    private final class NormBackward implements Case.Steps {
        private final Norm norm;

        NormBackward(Norm norm) {
            this.norm = norm;
        }

        @Override
        public void call(int set) {
            MemorySegment dBias = parameters.asSlice(4L * width);
            norm.kernel.backward(
                    new NormKernel.Gradient(x.segment(), gain.segment(), stats, dy.segment(), out, parameters, dBias),
                    rows,
                    width);
        }

        @Override
        public void check(int set) {
            norm.call(set);
            kernels.vector().zero(out, count());
            kernels.vector().zero(parameters, 2L * width);
            call(set);
            SpotCheck check = new SpotCheck("norm, backward", SpotCheck.FP32);
            for (int row : SpotCheck.some(rows, ROWS_COMPARED)) {
                compareRow(row, check);
            }
            check.finish();
            if (norm.isCentred) {
                checkBias();
            }
        }

        private void checkBias() {
            SpotCheck check = new SpotCheck("norm, gradient of the bias", SpotCheck.FP32);
            for (int column = 0; column < width; column += Math.max(1, width / 2)) {
                double sum = 0;
                for (int row = 0; row < rows; row++) {
                    sum += dy(row, column);
                }
                check.compare(sum, buffers.fp32At(parameters, (long) width + column));
            }
            check.finish();
        }

        private void compareRow(int row, SpotCheck check) {
            double[] of = norm.stats(row);
            double mean = 0;
            double slope = 0;
            for (int column = 0; column < width; column++) {
                double gradient = dy(row, column) * gain.at(column);
                mean += norm.isCentred ? gradient / width : 0;
                slope += gradient * (x(row, column) - of[0]) * of[1] / width;
            }
            float[] found = row(out, row);
            for (int column = 0; column < width; column++) {
                double normal = (x(row, column) - of[0]) * of[1];
                check.compare(of[1] * (dy(row, column) * gain.at(column) - mean - normal * slope), found[column]);
            }
        }
    }
}
