package io.witan.benchmarks.gpu;

import io.witan.benchmarks.gpu.Case.Work;
import io.witan.benchmarks.gpu.RandomData.Filled;
import io.witan.kernels.AdamWKernel;
import io.witan.kernels.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;

/** Kernels that go through fp32 memory once: the optimizer, activations with their derivatives, and the loss. */
final class ElementCases {
    private static final AdamWKernel.Update UPDATE = new AdamWKernel.Update(1e-3f, 0.9f, 0.999f, 1e-8f, 0.1f, 10, 0.5f);
    private static final int ROWS_COMPARED = 4;

    private final Buffers buffers;
    private final Kernels kernels;
    private final long count;
    private final int vocabulary;
    private final int lossRows;
    private final Filled a;
    private final Filled b;
    private final Filled c;
    private final MemorySegment[] outputs = new MemorySegment[3];
    private final MemorySegment squares;

    ElementCases(Buffers buffers, Kernels kernels, Shapes.Rows shape) {
        this.buffers = buffers;
        this.kernels = kernels;
        count = (long) shape.rows() * shape.width();
        vocabulary = shape.vocabulary();
        lossRows = Math.toIntExact(Math.max(1, count / vocabulary));
        long least = Math.max(count, (long) lossRows * vocabulary);
        a = buffers.randomFp32(least, 0);
        b = buffers.randomFp32(least, 0);
        c = buffers.randomFp32(count, 0);
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] = buffers.fp32(least);
        }
        squares = buffers.fp32(count);
    }

    List<Case> cases() {
        double logits = 4.0 * lossRows * vocabulary;
        return List.of(
                new Case("AdamW", Work.bytes(28.0 * count), 1, new AdamW()),
                new Case("GELU and slope", Work.bytes(12.0 * count), 1, new Gelu()),
                new Case("SwiGLU and slopes", Work.bytes(20.0 * count), 1, new Swiglu()),
                new Case("cross-entropy", Work.bytes(logits), 1, new Loss()),
                new Case("cross-entropy and gradient", Work.bytes(2 * logits), 1, new LossAndGradient()));
    }

    private final class AdamW implements Case.Steps {
        /** Second moments are no less than 0. */
        AdamW() {
            kernels.vector().multiply(c.segment(), c.segment(), squares, count);
        }

        @Override
        public void call(int set) {
            kernels.adamW()
                    .step(
                            new AdamWKernel.State(a.segment(), b.segment(), squares),
                            c.segment(),
                            new AdamWKernel.State(outputs[0], outputs[1], outputs[2]),
                            count,
                            UPDATE);
        }

        @Override
        public void check(int set) {
            buffers.poison(outputs);
            call(set);
            SpotCheck parameters = new SpotCheck("AdamW, parameters", SpotCheck.FP32);
            SpotCheck moments = new SpotCheck("AdamW, moments", SpotCheck.FP32);
            for (int i : SpotCheck.some(Math.toIntExact(count))) {
                double gradient = UPDATE.gradientScale() * c.at(i);
                double first = UPDATE.beta1() * b.at(i) + (1 - UPDATE.beta1()) * gradient;
                double second = UPDATE.beta2() * c.at(i) * c.at(i) + (1 - UPDATE.beta2()) * gradient * gradient;
                double deviation = Math.sqrt(second / (1 - Math.pow(UPDATE.beta2(), UPDATE.step())));
                double direction =
                        first / (1 - Math.pow(UPDATE.beta1(), UPDATE.step())) / (deviation + UPDATE.epsilon());
                double decayed = a.at(i) * (1 - UPDATE.learningRate() * UPDATE.weightDecay());
                parameters.compare(decayed - UPDATE.learningRate() * direction, buffers.fp32At(outputs[0], i));
                moments.compare(first, buffers.fp32At(outputs[1], i));
                moments.compare(second, buffers.fp32At(outputs[2], i));
            }
            parameters.finish();
            moments.finish();
        }
    }

    private final class Gelu implements Case.Steps {
        @Override
        public void prepare(int set) {
            buffers.copy(a.segment(), outputs[0]);
        }

        @Override
        public void call(int set) {
            kernels.activation().geluWithSlope(outputs[0], outputs[1], count);
        }

        @Override
        public void check(int set) {
            buffers.poison(outputs);
            prepare(set);
            call(set);
            SpotCheck check = new SpotCheck("GELU and slope", SpotCheck.FP32);
            for (int i : SpotCheck.some(Math.toIntExact(count))) {
                check.compare(Functions.gelu(a.at(i)), buffers.fp32At(outputs[1], i));
                check.compare(Functions.geluSlope(a.at(i)), buffers.fp32At(outputs[0], i));
            }
            check.finish();
        }
    }

    private final class Swiglu implements Case.Steps {
        @Override
        public void prepare(int set) {
            buffers.copy(a.segment(), outputs[0]);
            buffers.copy(b.segment(), outputs[1]);
        }

        @Override
        public void call(int set) {
            kernels.activation().swigluWithSlopes(outputs[0], outputs[1], outputs[2], count);
        }

        @Override
        public void check(int set) {
            buffers.poison(outputs);
            prepare(set);
            call(set);
            SpotCheck check = new SpotCheck("SwiGLU and slopes", SpotCheck.FP32);
            for (int i : SpotCheck.some(Math.toIntExact(count))) {
                check.compare(Functions.silu(a.at(i)) * b.at(i), buffers.fp32At(outputs[2], i));
                check.compare(Functions.siluSlope(a.at(i)) * b.at(i), buffers.fp32At(outputs[0], i));
                check.compare(Functions.silu(a.at(i)), buffers.fp32At(outputs[1], i));
            }
            check.finish();
        }
    }

    private class Loss implements Case.Steps {
        final int[] targets =
                new SplittableRandom(3).ints(lossRows, 0, vocabulary).toArray();
        final MemorySegment targetsOnDevice = buffers.ints(targets);
        final MemorySegment losses = buffers.fp32(lossRows);

        @Override
        public void call(int set) {
            kernels.crossEntropy().forward(a.segment(), targetsOnDevice, losses, lossRows, vocabulary);
        }

        final double logSumExp(int row) {
            double sum = 0;
            for (int i = 0; i < vocabulary; i++) {
                sum += Math.exp(logit(row, i));
            }
            return Math.log(sum);
        }

        final double logit(int row, int i) {
            return a.at((long) row * vocabulary + i);
        }

        @Override
        public void check(int set) {
            buffers.poison(losses);
            prepare(set);
            call(set);
            SpotCheck check = new SpotCheck("cross-entropy", SpotCheck.FP32);
            for (int row : SpotCheck.some(lossRows, ROWS_COMPARED)) {
                check.compare(logSumExp(row) - logit(row, targets[row]), buffers.fp32At(losses, row));
            }
            check.finish();
        }
    }

    private final class LossAndGradient extends Loss {
        private static final float SCALE = 0.25f;

        @Override
        public void prepare(int set) {
            buffers.copy(a.segment(), outputs[0]);
        }

        @Override
        public void call(int set) {
            kernels.crossEntropy().forwardBackward(outputs[0], targetsOnDevice, losses, SCALE, lossRows, vocabulary);
        }

        @Override
        public void check(int set) {
            super.check(set);
            SpotCheck check = new SpotCheck("cross-entropy, gradient", SpotCheck.FP32);
            for (int row : SpotCheck.some(lossRows, ROWS_COMPARED)) {
                double total = logSumExp(row);
                float[] found = buffers.floats(outputs[0], (long) row * vocabulary, vocabulary);
                for (int i = 0; i < vocabulary; i++) {
                    double share = Math.exp(logit(row, i) - total);
                    check.compare(SCALE * (share - (i == targets[row] ? 1 : 0)), found[i]);
                }
            }
            check.finish();
        }
    }
}
