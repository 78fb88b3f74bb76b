package io.witan.benchmarks.gpu;

import io.witan.benchmarks.gpu.Case.Work;
import io.witan.benchmarks.gpu.RandomData.Filled;
import io.witan.kernels.cuda.gemm.Widths;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The products of experts with weights [F, D], over rows of bf16 in expert order. */
final class ExpertCases {
    private final Buffers buffers;
    private final ExpertProducts products;
    private final int width;
    private final int hidden;
    private final int rows;
    private final int[] offsets;
    private final Widths widths;
    private final Operands[] sets;
    private final MemorySegment hiddenOut;
    private final MemorySegment dx;
    private final MemorySegment dw;

    /** @param leastBytes what the operands of all sets are together at least */
    ExpertCases(Buffers buffers, ExpertProducts products, Shapes.Experts shape, long leastBytes) {
        this.buffers = buffers;
        this.products = products;
        width = shape.width();
        hidden = shape.hidden();
        offsets = shape.offsets();
        rows = shape.assignments();
        widths = new Widths(width, hidden);
        long weights = (long) shape.experts() * hidden * width;
        long setBytes = 2 * (weights + (long) rows * (width + hidden));
        sets = new Operands[Math.toIntExact((leastBytes + setBytes - 1) / setBytes)];
        Arrays.setAll(sets, _ -> new Operands(weights));
        // The largest outputs are three of bf16.
        hiddenOut = buffers.bf16(3L * rows * hidden);
        dx = buffers.bf16((long) rows * width);
        dw = buffers.fp32(weights);
    }

    private final class Operands {
        final Filled x = buffers.randomBf16((long) rows * width, 0);
        final Filled dy = buffers.randomBf16((long) rows * hidden, 0);
        final Filled gate;
        final Filled up;
        final MemorySegment[] gates;
        final MemorySegment[] ups;

        Operands(long weights) {
            gate = buffers.randomBf16(weights, RandomData.exponentFor(width));
            up = buffers.randomBf16(weights, RandomData.exponentFor(width));
            gates = perExpert(gate.segment(), Short.BYTES);
            ups = perExpert(up.segment(), Short.BYTES);
        }

        /** Element (row, f) of x * w^T. */
        double product(Filled w, int row, int f) {
            long weight = ((long) expertOf(row) * hidden + f) * width;
            double sum = 0;
            for (int i = 0; i < width; i++) {
                sum += x.at((long) row * width + i) * w.at(weight + i);
            }
            return sum;
        }

        double inputGradient(int row, int column) {
            long weight = (long) expertOf(row) * hidden * width + column;
            double sum = 0;
            for (int f = 0; f < hidden; f++) {
                sum += dy.at((long) row * hidden + f) * gate.at(weight + (long) f * width);
            }
            return sum;
        }

        double weightGradient(int expert, int f, int column) {
            double sum = 0;
            for (long row = offsets[expert]; row < offsets[expert + 1]; row++) {
                sum += dy.at(row * hidden + f) * x.at(row * width + column);
            }
            return sum;
        }
    }

    private int expertOf(int row) {
        int expert = 0;
        while (row >= offsets[expert + 1]) {
            expert++;
        }
        return expert;
    }

    private MemorySegment[] perExpert(MemorySegment all, int elementBytes) {
        long bytes = (long) hidden * width * elementBytes;
        return IntStream.range(0, offsets.length - 1)
                .mapToObj(e -> all.asSlice(e * bytes, bytes))
                .toArray(MemorySegment[]::new);
    }

    /** A part of the hidden output, bf16. */
    private MemorySegment[] hiddenParts(int count) {
        long bytes = 2L * rows * hidden;
        return IntStream.range(0, count)
                .mapToObj(i -> hiddenOut.asSlice(i * bytes, bytes))
                .toArray(MemorySegment[]::new);
    }

    List<Case> cases() {
        Work one = Work.flops(2.0 * rows * width * hidden);
        Work two = Work.flops(4.0 * rows * width * hidden);
        return List.of(
                new Case("forward", one, sets.length, new Forward()),
                new Case("forward, fp32 result", one, sets.length, new ForwardFp32()),
                new Case("input gradient", one, sets.length, new InputGradient()),
                new Case("weight gradient", one, sets.length, new WeightGradient()),
                new Case("forward and GELU", one, sets.length, new Gelu()),
                new Case("forward and SwiGLU", two, sets.length, new Swiglu()));
    }

    private interface Elements {
        double expected(int row, int column);
    }

    /** Compares a bf16 result of all rows. */
    private void compare(String what, MemorySegment result, int columns, Elements elements) {
        SpotCheck check = new SpotCheck(what, SpotCheck.BF16);
        int[] some = SpotCheck.some(columns);
        int next = 0;
        for (int row : SpotCheck.some(rows)) {
            int column = some[next++ % some.length];
            check.compare(elements.expected(row, column), buffers.bf16At(result, (long) row * columns + column));
        }
        check.finish();
    }

    private final class Forward implements Case.Steps {
        @Override
        public void call(int set) {
            products.forward(sets[set].x.segment(), offsets, sets[set].gates, hiddenOut, widths);
        }

        @Override
        public void check(int set) {
            buffers.poison(hiddenOut);
            call(set);
            compare("forward", hiddenOut, hidden, (row, f) -> sets[set].product(sets[set].gate, row, f));
        }
    }

    private final class ForwardFp32 implements Case.Steps {
        @Override
        public void call(int set) {
            products.forwardFp32(sets[set].x.segment(), offsets, sets[set].gates, hiddenOut, widths);
        }

        @Override
        public void check(int set) {
            buffers.poison(hiddenOut);
            call(set);
            SpotCheck check = new SpotCheck("forward, fp32 result", SpotCheck.FP32);
            for (int row : SpotCheck.some(rows)) {
                int f = row % hidden;
                check.compare(
                        sets[set].product(sets[set].gate, row, f), buffers.fp32At(hiddenOut, (long) row * hidden + f));
            }
            check.finish();
        }
    }

    private final class InputGradient implements Case.Steps {
        @Override
        public void call(int set) {
            products.inputGradient(sets[set].dy.segment(), offsets, sets[set].gates, dx, widths);
        }

        @Override
        public void check(int set) {
            buffers.poison(dx);
            call(set);
            compare("input gradient", dx, width, (row, column) -> sets[set].inputGradient(row, column));
        }
    }

    private final class WeightGradient implements Case.Steps {
        private final MemorySegment[] gradients = perExpert(dw, Float.BYTES);

        @Override
        public void call(int set) {
            products.weightGradient(sets[set].dy.segment(), offsets, sets[set].x.segment(), gradients, widths);
        }

        @Override
        public void check(int set) {
            buffers.poison(dw);
            call(set);
            SpotCheck check = new SpotCheck("weight gradient", SpotCheck.FP32);
            int experts = offsets.length - 1;
            for (int f : SpotCheck.some(hidden)) {
                int expert = f % experts;
                int column = f % width;
                long at = ((long) expert * hidden + f) * width + column;
                check.compare(sets[set].weightGradient(expert, f, column), buffers.fp32At(dw, at));
            }
            check.finish();
        }
    }

    private final class Gelu implements Case.Steps {
        private final MemorySegment[] results = hiddenParts(2);

        @Override
        public void call(int set) {
            products.gelu(sets[set].x.segment(), offsets, sets[set].gates, results, widths);
        }

        @Override
        public void check(int set) {
            buffers.poison(hiddenOut);
            call(set);
            Operands in = sets[set];
            compare("gelu", results[0], hidden, (row, f) -> Functions.gelu(in.product(in.gate, row, f)));
            compare("slope of gelu", results[1], hidden, (row, f) -> Functions.geluSlope(in.product(in.gate, row, f)));
        }
    }

    private final class Swiglu implements Case.Steps {
        private final MemorySegment[] results = hiddenParts(3);

        @Override
        public void call(int set) {
            Operands in = sets[set];
            products.swiglu(in.x.segment(), offsets, in.gates, in.ups, results, widths);
        }

        @Override
        public void check(int set) {
            buffers.poison(hiddenOut);
            call(set);
            Operands in = sets[set];
            compare(
                    "swiglu",
                    results[0],
                    hidden,
                    (row, f) -> Functions.silu(in.product(in.gate, row, f)) * in.product(in.up, row, f));
            compare(
                    "slope of swiglu by the gate",
                    results[1],
                    hidden,
                    (row, f) -> Functions.siluSlope(in.product(in.gate, row, f)) * in.product(in.up, row, f));
            compare(
                    "slope of swiglu by the other",
                    results[2],
                    hidden,
                    (row, f) -> Functions.silu(in.product(in.gate, row, f)));
        }
    }
}
