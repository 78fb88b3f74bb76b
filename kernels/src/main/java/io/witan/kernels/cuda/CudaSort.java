package io.witan.kernels.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.DeviceInfo;
import io.witan.kernels.cuda.device.DeviceScratch;
import io.witan.kernels.cuda.device.KernelCall;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Stable counting sort (sort.cu). The order depends on the keys alone. */
final class CudaSort {
    private static final int WARP = 32;

    /** Warps of a block, unless there are so many keys that shared memory holds the counts of one warp only. */
    private static final int WARPS = 8;

    private static final int PLACE_THREADS = 1024;
    private static final int LEAST_RUN = 256;
    private static final int MOST_TILES = 256;

    private final DeviceInfo info;
    private final KernelCall count;
    private final KernelCall place;
    private final KernelCall order;
    private final DeviceScratch scratch;
    private final Readback readback;

    /**
     * How n keys are split.
     *
     * @param warps of a block
     * @param run consecutive keys of a warp
     * @param tiles blocks
     */
    private record Split(int warps, int run, int tiles) {}

    CudaSort(Device device) {
        info = device.info();
        count = device.kernel("sort", "count_keys");
        place = device.kernel("sort", "place_tiles");
        order = device.kernel("sort", "order_keys");
        scratch = new DeviceScratch(device);
        readback = new Readback(device);
    }

    /** As {@link io.witan.kernels.PermuteKernel#sort}, operands checked. Waits for the offsets. */
    void sort(MemorySegment keys, int n, int keyCount, int[] offsets, MemorySegment to) {
        if (n == 0) {
            Arrays.fill(offsets, 0);
            return;
        }
        Split split = split(n, keyCount);
        int threads = split.warps * WARP;
        int keyBytes = keyCount * Integer.BYTES;
        long offsetBytes = (long) offsets.length * Integer.BYTES;
        MemorySegment begins = scratch.bytes(offsetBytes + (long) split.tiles * keyBytes);
        MemorySegment counts = begins.asSlice(offsetBytes);
        count.with(keys)
                .with(n)
                .with(split.warps * split.run)
                .with(keyCount)
                .with(counts)
                .launch(split.tiles, 1, threads, keyBytes);
        place.with(counts).with(split.tiles).with(keyCount).with(begins).launch(1, PLACE_THREADS);
        order.with(keys)
                .with(n)
                .with(split.run)
                .with(keyCount)
                .with(counts)
                .with(begins)
                .with(to)
                .launch(split.tiles, 1, threads, split.warps * keyBytes);
        MemorySegment.copy(readback.of(begins, offsetBytes), JAVA_INT, 0, offsets, 0, offsets.length);
    }

    private Split split(int n, int keyCount) {
        int most = info.sharedBytes() / Integer.BYTES;
        if (keyCount > most) {
            throw new IllegalArgumentException(
                    "sort: " + keyCount + " keys; " + info.name() + " sorts by at most " + most);
        }
        int warps = keyCount <= most / WARPS ? WARPS : 1;
        long share = ((long) n + MOST_TILES * warps - 1) / (MOST_TILES * warps);
        int run = (int) ((Math.max(LEAST_RUN, share) + WARP - 1) / WARP * WARP);
        return new Split(warps, run, (int) (((long) n + warps * run - 1) / (warps * run)));
    }
}
