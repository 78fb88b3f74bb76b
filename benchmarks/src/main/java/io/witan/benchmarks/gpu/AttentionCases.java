package io.witan.benchmarks.gpu;

import io.witan.benchmarks.gpu.Case.Work;
import io.witan.benchmarks.gpu.RandomData.Filled;
import io.witan.kernels.AttentionKernel;
import io.witan.kernels.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Causal attention on fp32 rows, forward and backward. Only scores that are not masked count as work. */
final class AttentionCases {
    private static final int PARTS = 3;

    /** Gradients of keys are compared at the end of a sequence, where few queries see them. */
    private static final int LAST = 16;

    private final Buffers buffers;
    private final AttentionKernel attention;
    private final AttentionKernel.Shape shape;
    private final int channels;
    private final Filled qkv;
    private final Filled dOut;
    private final MemorySegment out;
    private final MemorySegment saved;
    private final MemorySegment dQkv;

    AttentionCases(Buffers buffers, Kernels kernels, AttentionKernel.Shape shape) {
        this.buffers = buffers;
        this.attention = kernels.attention();
        this.shape = shape;
        channels = shape.width() / shape.heads();
        long count = (long) shape.sequences() * shape.positions() * shape.width();
        qkv = buffers.randomFp32(PARTS * count, 0);
        dOut = buffers.randomFp32(count, 0);
        out = buffers.fp32(count);
        saved = buffers.fp32(attention.savedFloats(shape));
        dQkv = buffers.fp32(PARTS * count);
    }

    List<Case> cases() {
        double pairs = shape.positions() * (shape.positions() + 1.0) / 2 * shape.sequences();
        // Two products forward; backward five, of which one repeats a product of forward.
        return List.of(
                new Case("attention", Work.flops(2 * 2 * pairs * shape.width()), 1, new Forward()),
                new Case("attention, backward", Work.flops(5 * 2 * pairs * shape.width()), 1, new Backward()));
    }

    /** One head of one sequence. */
    private record Head(int sequence, int head) {}

    private Head[] heads() {
        return new Head[] {new Head(0, 0), new Head(shape.sequences() - 1, shape.heads() - 1)};
    }

    /** Where channel 0 of the head is in rows that have so many parts. */
    private long at(Head of, int position, int parts, int part) {
        long row = (long) of.sequence * shape.positions() + position;
        return (row * parts + part) * shape.width() + (long) of.head * channels;
    }

    private double dot(Filled a, long at, Filled b, long from) {
        double sum = 0;
        for (int i = 0; i < channels; i++) {
            sum += a.at(at + i) * b.at(from + i);
        }
        return sum;
    }

    /** Softmax of the scores of a query. */
    private double[] shares(Head of, int query) {
        double[] shares = new double[query + 1];
        double sum = 0;
        for (int key = 0; key <= query; key++) {
            double score = dot(qkv, at(of, query, PARTS, 0), qkv, at(of, key, PARTS, 1)) / Math.sqrt(channels);
            shares[key] = Math.exp(score);
            sum += shares[key];
        }
        for (int key = 0; key <= query; key++) {
            shares[key] /= sum;
        }
        return shares;
    }

    /** Derivatives of the loss by the scores of a query. */
    private double[] scoreGradients(Head of, int query, double[] shares) {
        double[] gradients = new double[shares.length];
        double mean = 0;
        for (int key = 0; key <= query; key++) {
            gradients[key] = dot(dOut, at(of, query, 1, 0), qkv, at(of, key, PARTS, 2));
            mean += shares[key] * gradients[key];
        }
        for (int key = 0; key <= query; key++) {
            gradients[key] = shares[key] * (gradients[key] - mean) / Math.sqrt(channels);
        }
        return gradients;
    }

    private final class Forward implements Case.Steps {
        @Override
        public void call(int set) {
            attention.forward(qkv.segment(), out, saved, shape);
        }

        @Override
        public void check(int set) {
            buffers.poison(out, saved);
            call(set);
            SpotCheck check = new SpotCheck("attention", SpotCheck.BF16_CHAIN);
            for (Head of : heads()) {
                for (int query : SpotCheck.some(shape.positions())) {
                    double[] shares = shares(of, query);
                    float[] found = buffers.floats(out, at(of, query, 1, 0), channels);
                    for (int i = 0; i < channels; i++) {
                        double sum = 0;
                        for (int key = 0; key <= query; key++) {
                            sum += shares[key] * qkv.at(at(of, key, PARTS, 2) + i);
                        }
                        check.compare(sum, found[i]);
                    }
                }
            }
            check.finish();
        }
    }

    private final class Backward implements Case.Steps {
        private final Forward forward = new Forward();

        @Override
        public void call(int set) {
            attention.backward(qkv.segment(), out, saved, dOut.segment(), dQkv, shape);
        }

        @Override
        public void check(int set) {
            forward.call(set);
            buffers.poison(dQkv);
            call(set);
            for (Head of : heads()) {
                queries(of);
                keys(of);
            }
        }

        private void queries(Head of) {
            SpotCheck check = new SpotCheck("attention, gradient of queries", SpotCheck.BF16_CHAIN);
            for (int query : SpotCheck.some(shape.positions(), LAST)) {
                double[] gradients = scoreGradients(of, query, shares(of, query));
                float[] found = buffers.floats(dQkv, at(of, query, PARTS, 0), channels);
                for (int i = 0; i < channels; i++) {
                    double sum = 0;
                    for (int key = 0; key <= query; key++) {
                        sum += gradients[key] * qkv.at(at(of, key, PARTS, 1) + i);
                    }
                    check.compare(sum, found[i]);
                }
            }
            check.finish();
        }

        private void keys(Head of) {
            SpotCheck keys = new SpotCheck("attention, gradient of keys", SpotCheck.BF16_CHAIN);
            SpotCheck values = new SpotCheck("attention, gradient of values", SpotCheck.BF16_CHAIN);
            int begin = Math.max(0, shape.positions() - LAST);
            double[][] dKeys = new double[shape.positions() - begin][channels];
            double[][] dValues = new double[shape.positions() - begin][channels];
            for (int query = begin; query < shape.positions(); query++) {
                double[] shares = shares(of, query);
                double[] gradients = scoreGradients(of, query, shares);
                for (int key = begin; key <= query; key++) {
                    for (int i = 0; i < channels; i++) {
                        dKeys[key - begin][i] += gradients[key] * qkv.at(at(of, query, PARTS, 0) + i);
                        dValues[key - begin][i] += shares[key] * dOut.at(at(of, query, 1, 0) + i);
                    }
                }
            }
            for (int key = begin; key < shape.positions(); key++) {
                float[] foundKeys = buffers.floats(dQkv, at(of, key, PARTS, 1), channels);
                float[] foundValues = buffers.floats(dQkv, at(of, key, PARTS, 2), channels);
                for (int i = 0; i < channels; i++) {
                    keys.compare(dKeys[key - begin][i], foundKeys[i]);
                    values.compare(dValues[key - begin][i], foundValues[i]);
                }
            }
            keys.finish();
            values.finish();
        }
    }
}
