package io.witan.kernels.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.Kernels;
import io.witan.kernels.NormKernel;
import io.witan.kernels.host.Tensors.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class HostKernelsTest {
    @RegisterExtension
    final Tensors tensors = new Tensors();

    @Test
    void describesItself() {
        try (Kernels one = HostKernels.open(1, GemmProvider.OPENBLAS);
                Kernels two = HostKernels.open(2)) {
            assertThat(one.description()).matches("host \\(OpenBLAS \\d+\\.\\d+\\.\\d+ \\w+, 1 thread\\)");
            assertThat(two.description())
                    .isEqualTo("host (" + GemmProvider.choose().description() + ", 2 threads)");
        }
    }

    @Test
    void cannotBeUsedAfterClose() {
        Kernels kernels = HostKernels.open(2);
        Tensor x = tensors.zeros(4);
        kernels.vector().sum(x.segment(), 4);
        assertThat(kernels.scratchBytes()).isPositive();
        kernels.close();
        kernels.close();
        assertThat(kernels.scratchBytes()).isZero();
        assertThatThrownBy(() -> kernels.vector().scale(x.segment(), 2, 4))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> kernels.vector().sum(x.segment(), 4)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> HostKernels.open(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void memoryOfTheCallersThreadMayBeUsedByTheWorkers() {
        try (Kernels kernels = HostKernels.open(3);
                Arena arena = Arena.ofConfined()) {
            MemorySegment x = arena.allocate(400_000);
            x.fill((byte) 1);
            kernels.vector().zero(x, 100_000);
            assertThat(x.mismatch(arena.allocate(400_000))).isEqualTo(-1);
        }
    }

    @Test
    void freedMemoryIsRefused() {
        MemorySegment freed;
        try (Arena arena = Arena.ofConfined()) {
            freed = arena.allocate(16);
        }
        try (Kernels kernels = HostKernels.open(1)) {
            assertThatThrownBy(() -> kernels.vector().sum(freed, 4))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("freed");
        }
    }

    /** The compiler may order vector sums otherwise than the interpreter; results must not show when it steps in. */
    @Test
    void interpretedAndCompiledCodeGiveTheSameBits() {
        int rows = 3;
        int cols = 301;
        Tensor x = tensors.random(rows * cols, 3);
        Tensor gain = tensors.random(cols, 1);
        Tensor dy = tensors.random(rows * cols, 1);
        Tensor targets = tensors.ints(4, 5, 6);
        Tensor y = tensors.zeros(rows * cols);
        Tensor stats = tensors.zeros(rows * 2);
        Tensor dx = tensors.zeros(rows * cols);
        Tensor dGain = tensors.zeros(cols);
        Tensor losses = tensors.zeros(rows);
        NormKernel.Gradient gradient = new NormKernel.Gradient(
                x.segment(),
                gain.segment(),
                stats.segment(),
                dy.segment(),
                dx.segment(),
                dGain.segment(),
                MemorySegment.NULL);
        try (Kernels kernels = HostKernels.open(1)) {
            int first = 0;
            for (int i = 0; i < 4_000; i++) {
                kernels.vector().zero(dx.segment(), rows * cols);
                kernels.vector().zero(dGain.segment(), cols);
                kernels.rmsNorm()
                        .forward(
                                x.segment(),
                                gain.segment(),
                                MemorySegment.NULL,
                                y.segment(),
                                stats.segment(),
                                rows,
                                cols,
                                1e-5f);
                kernels.rmsNorm().backward(gradient, rows, cols);
                kernels.activation().gelu(y.segment(), y.segment(), rows * cols);
                kernels.crossEntropy().forwardBackward(y.segment(), targets.segment(), losses.segment(), 1, rows, cols);
                int hash = Double.hashCode(kernels.vector().sumOfSquares(y.segment(), rows * cols));
                for (Tensor t : new Tensor[] {y, stats, dx, dGain, losses}) {
                    hash = 31 * hash + Arrays.hashCode(t.bits());
                }
                first = i == 0 ? hash : first;
                assertThat(hash).as("run %d", i).isEqualTo(first);
            }
        }
    }
}
