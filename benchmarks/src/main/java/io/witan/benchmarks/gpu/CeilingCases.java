package io.witan.benchmarks.gpu;

import io.witan.benchmarks.gpu.Case.Work;
import io.witan.benchmarks.gpu.RandomData.Filled;
import io.witan.kernels.cuda.device.Blas;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** What the device reaches at best: a copy inside its memory, and a dense product by a library. */
final class CeilingCases {
    private CeilingCases() {}

    static List<Case> copy(Buffers buffers, Shapes.Copy shape) {
        long count = shape.bytes() / Float.BYTES;
        Filled from = buffers.randomFp32(count, 0);
        MemorySegment to = buffers.fp32(count);
        return List.of(new Case("copy", Work.bytes(2.0 * shape.bytes()), 1, new Case.Steps() {
            @Override
            public void call(int set) {
                buffers.copy(from.segment(), to);
            }

            @Override
            public void check(int set) {
                buffers.poison(to);
                call(set);
                SpotCheck check = new SpotCheck("copy", 0);
                for (int i : SpotCheck.some(Math.toIntExact(count))) {
                    check.compare(from.at(i), buffers.fp32At(to, i));
                }
                check.finish();
            }
        }));
    }

    /** y = x * w^T of bf16, y fp32. */
    static List<Case> square(Buffers buffers, Blas blas, Shapes.Square shape) {
        int n = shape.n();
        Filled x = buffers.randomBf16((long) n * n, 0);
        Filled w = buffers.randomBf16((long) n * n, RandomData.exponentFor(n));
        MemorySegment y = buffers.fp32((long) n * n);
        // Column-major for the library: y^T = w * x^T.
        Blas.Product product = new Blas.Product(Blas.Operation.TRANSPOSED, Blas.Operation.PLAIN, n, n, n, n, n, n);
        return List.of(new Case("dense product", Work.flops(2.0 * n * n * n), 1, new Case.Steps() {
            @Override
            public void call(int set) {
                blas.multiplyBf16(product, w.segment(), x.segment(), y, 0);
            }

            @Override
            public void check(int set) {
                buffers.poison(y);
                call(set);
                SpotCheck check = new SpotCheck("dense product", SpotCheck.FP32);
                for (int row : SpotCheck.some(n)) {
                    int column = n - 1 - row;
                    double sum = 0;
                    for (int i = 0; i < n; i++) {
                        sum += x.at((long) row * n + i) * w.at((long) column * n + i);
                    }
                    check.compare(sum, buffers.fp32At(y, (long) row * n + column));
                }
                check.finish();
            }
        }));
    }
}
