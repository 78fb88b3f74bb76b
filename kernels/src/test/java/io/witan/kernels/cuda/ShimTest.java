package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.witan.kernels.KernelException;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.KernelCall;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What running kernels on the host finds, shown on kernels that are wrong. */
class ShimTest {
    private static final int[] REVERSED =
            IntStream.range(0, 64).map(i -> 63 - i).toArray();

    @BeforeEach
    void onlyOnTheShim() {
        assumeTrue(TestDevice.isShim());
    }

    /** Kernels are found by their names, whatever file is asked for. */
    private static KernelCall kernel(Device device, String name) {
        return device.kernel("activation", name);
    }

    @Test
    void aMissingBarrierChangesTheResult() {
        try (Twins twins = new Twins()) {
            var out = twins.poison(64);
            kernel(twins.device(), "faultless_barrier").with(out.device()).launch(1, 64);
            assertThat(out.actualInts()).isEqualTo(REVERSED);
            kernel(twins.device(), "faulty_no_barrier").with(out.device()).launch(1, 64);
            assertThat(out.actualInts()).isNotEqualTo(REVERSED);
        }
    }

    @Test
    void threadsThatWaitAtDifferentPlacesAreReported() {
        try (Twins twins = new Twins()) {
            var out = twins.poison(64);
            KernelCall barrier = kernel(twins.device(), "faulty_divergent_barrier");
            assertThatThrownBy(() -> barrier.with(out.device()).launch(1, 64))
                    .isInstanceOf(KernelException.class)
                    .hasMessageContaining("GPU 0 (shim): faulty_divergent_barrier on 1 blocks of 64 threads: ")
                    .hasMessageContaining("they wait at different barriers or operations");
            KernelCall warp = kernel(twins.device(), "faulty_divergent_warp");
            assertThatThrownBy(() -> warp.with(out.device()).launch(1, 32))
                    .hasMessageContaining("lanes of a warp meet in");
        }
    }

    @Test
    void aWriteBehindAnAllocationIsReportedWhenItIsFreed() {
        Twins twins = new Twins();
        var out = twins.poison(40);
        kernel(twins.device(), "faulty_writes_behind")
                .with(out.device())
                .with(40)
                .launch(1, 32);
        assertThatThrownBy(() -> twins.device().release(out.device()))
                .hasMessageContaining("a kernel wrote behind its 160 bytes");
        twins.close();
    }

    @Test
    void sharedMemoryThatNobodyWroteIsNotANumber() {
        try (Twins twins = new Twins()) {
            var out = twins.poison(32);
            kernel(twins.device(), "faulty_unwritten_shared").with(out.device()).launch(1, 1, 32, 128);
            assertThat(out.actual()[6]).isEqualTo(1f);
            assertThat(out.actual()[7]).isNaN();
        }
    }

    @Test
    void aLaunchThatNoDeviceTakesIsRefused() {
        try (Twins twins = new Twins()) {
            var out = twins.poison(32);
            KernelCall call = kernel(twins.device(), "faultless_barrier");
            assertThatThrownBy(() -> call.with(out.device()).launch(1, 33)).hasMessageContaining("multiple of 32");
            assertThatThrownBy(() -> call.with(out.device()).launch(1, 1, 64, 1 << 20))
                    .hasMessageContaining("CUDA_ERROR_INVALID_VALUE");
        }
    }
}
