package io.witan.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.witan.kernels.KernelException;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.KernelCall;
import io.witan.kernels.cuda.device.TensorMaps;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What running kernels on the host finds, shown on kernels that are wrong; and that clusters of blocks run. */
class ShimTest {
    private static final int[] REVERSED =
            IntStream.range(0, 64).map(i -> 63 - i).toArray();

    /** cluster.cu: boxes of 8 rows of 64 elements, two of them and two barriers in shared memory. */
    private static final int BOX = 8 * 64;

    private static final int CLUSTER_SHARED_BYTES = 2 * 2 * BOX + 16;

    @BeforeEach
    void onlyOnTheShim() {
        assumeTrue(TestDevice.isShim());
    }

    /** Kernels are found by their names, whatever file is asked for. */
    private static KernelCall kernel(Device device, String name) {
        return device.kernel("activation", name);
    }

    private static MemorySegment boxesOf(Device device, MemorySegment matrix, int rows) {
        MemorySegment host = device.hostMemory(TensorMaps.BYTES);
        new TensorMaps(device).encode(host, matrix.address(), rows, TensorMaps.BOX_COLUMNS, 8);
        MemorySegment map = device.allocate(TensorMaps.BYTES);
        device.copyIn(host, map, TensorMaps.BYTES);
        return map;
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
    void blocksOfAClusterGetEachOthersBoxes() {
        int blocks = 4;
        int rounds = 2;
        try (Twins twins = new Twins()) {
            // Element i of the matrix is i; box b of it is for round b / blocks and block b % blocks.
            int[] pairs = IntStream.range(0, rounds * blocks * BOX / 2)
                    .map(i -> 2 * i | 2 * i + 1 << 16)
                    .toArray();
            var matrix = twins.ints(pairs);
            var out = twins.poison(rounds * blocks * 2 * BOX);
            MemorySegment map = boxesOf(twins.device(), matrix.device(), rounds * blocks * 8);
            kernel(twins.device(), "cluster_boxes")
                    .with(map)
                    .with(out.device())
                    .launch(blocks, 1, 32, CLUSTER_SHARED_BYTES);
            int[] actual = out.actualInts();
            for (int i = 0; i < actual.length; i++) {
                int place = i / BOX;
                int firstOfCluster = place / 2 / 2 * 2;
                int row = i % BOX / 64;
                int column = i % 64 ^ row * 8;
                assertThat(actual[i])
                        .as("element %s", i)
                        .isEqualTo((firstOfCluster + place % 2) * BOX + row * 64 + column);
            }
        }
    }

    @Test
    void ranksOfBlocksAreThoseInTheirCluster() {
        try (Twins twins = new Twins()) {
            var out = twins.poison(6 * 32);
            kernel(twins.device(), "cluster_ranks").with(out.device()).launch(6, 32);
            assertThat(out.actualInts())
                    .isEqualTo(IntStream.range(0, 6 * 32).map(i -> i / 32 % 2).toArray());
        }
    }

    @Test
    void aGridThatIsNoMultipleOfTheClusterIsRefused() {
        try (Twins twins = new Twins()) {
            var out = twins.poison(3 * 32);
            KernelCall call = kernel(twins.device(), "cluster_ranks");
            assertThatThrownBy(() -> call.with(out.device()).launch(3, 32))
                    .hasMessageContaining("cluster_ranks on 3 blocks of 32 threads: CUDA_ERROR_INVALID_VALUE");
            assertThatThrownBy(() -> call.with(out.device()).launch(2, 1, 32, 1 << 20))
                    .hasMessageContaining("CUDA_ERROR_INVALID_VALUE");
        }
    }

    @Test
    void aBlockThatDoesNotComeToTheClustersBarrierIsReported() {
        try (Twins twins = new Twins()) {
            KernelCall waits = kernel(twins.device(), "faulty_cluster_sync");
            assertThatThrownBy(() -> waits.launch(2, 1, 64, 16))
                    .hasMessageContaining("no thread of the cluster can go on")
                    .hasMessageContaining("64 of 128 at cluster_sync");
            KernelCall ends = kernel(twins.device(), "faulty_cluster_end");
            assertThatThrownBy(() -> ends.launch(2, 64))
                    .hasMessageContaining("cluster_sync after other threads of the cluster have ended");
        }
    }

    @Test
    void anArrivalAtABlockThatIsNotThereIsReported() {
        try (Twins twins = new Twins()) {
            KernelCall late = kernel(twins.device(), "faulty_cluster_late_arrival");
            assertThatThrownBy(() -> late.launch(2, 1, 32, 16))
                    .hasMessageContaining("block 1 of the cluster has ended, and its shared memory with it");
            KernelCall early = kernel(twins.device(), "faulty_cluster_early_arrival");
            assertThatThrownBy(() -> early.launch(2, 1, 32, 16))
                    .hasMessageContaining("block (0, 0, 0) thread (0, 0, 0): a barrier that nobody initialised");
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
