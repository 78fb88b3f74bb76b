package io.witan.kernels.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.KernelCall;
import io.witan.kernels.cuda.device.TensorMaps;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Grouped products of bf16 matrices with fp32 sums on compute capability 9.0 ({@code grouped_gemm_sm90.cu}): all groups in one
 * launch. Rows are sorted by group; group g has rows offsets[g] to offsets[g + 1] - 1. Widths are multiples of 8.
 */
final class HopperGroupedGemm implements AutoCloseable {
    private static final String FILE = "grouped_gemm_sm90";
    private static final int TILE_M = 128;
    private static final int TILE_N = 256;
    private static final int TILE_K = 64;
    private static final int THREADS = 384;
    private static final int SHARED_BYTES = 4 * (TILE_M + TILE_N) * TILE_K * 2 + 64;
    private static final int MAPS = 3;
    private static final long ALIGNMENT = 256;

    private final Device device;
    private final Arena arena = Arena.ofShared();
    private final TensorMaps encoder = new TensorMaps(arena);
    private final KernelCall forward;
    private final KernelCall forwardBf16;
    private final KernelCall backwardInput;
    private final KernelCall backwardInputBf16;
    private final KernelCall backwardWeight;
    private final KernelCall gelu;
    private final KernelCall swiglu;
    private MemorySegment host = MemorySegment.NULL;
    private MemorySegment table = MemorySegment.NULL;

    HopperGroupedGemm(Device device) {
        this.device = device;
        forward = device.kernel(FILE, "gemm90_forward");
        forwardBf16 = device.kernel(FILE, "gemm90_forward_bf16");
        backwardInput = device.kernel(FILE, "gemm90_backward_input");
        backwardInputBf16 = device.kernel(FILE, "gemm90_backward_input_bf16");
        backwardWeight = device.kernel(FILE, "gemm90_backward_weight");
        gelu = device.kernel(FILE, "gemm90_gelu");
        swiglu = device.kernel(FILE, "gemm90_swiglu");
    }

    /** y [rows, out] fp32 = x [rows, in] * w[g] [out, in]^T + beta * y. */
    void forward(MemorySegment x, int[] offsets, MemorySegment[] w, MemorySegment y, int in, int out, float beta) {
        int tiles = rowTiles(x, offsets, in, out, TILE_N, (map, g) -> alongK(map, w[g], out, in));
        launch(table(forward, offsets.length - 1).with(out).with(in).with(y).with(beta), tiles);
    }

    /** As {@link #forward}, y bf16. */
    void forwardBf16(MemorySegment x, int[] offsets, MemorySegment[] w, MemorySegment y, int in, int out) {
        int tiles = rowTiles(x, offsets, in, out, TILE_N, (map, g) -> alongK(map, w[g], out, in));
        launch(table(forwardBf16, offsets.length - 1).with(out).with(in).with(y), tiles);
    }

    private interface Operand {
        void encode(MemorySegment map, int group);
    }

    private int rowTiles(MemorySegment a, int[] offsets, int k, int n, int columns, Operand b) {
        int groups = offsets.length - 1;
        reserve(groups);
        int tiles = 0;
        for (int g = 0; g < groups; g++) {
            int rows = offsets[g + 1] - offsets[g];
            put(groups, g, offsets[g], tiles);
            if (rows > 0) {
                encoder.encode(map(g, 0), a.address() + 2L * offsets[g] * k, rows, k, TILE_M);
                b.encode(map(g, 1), g);
                MemorySegment.copy(map(g, 1), 0, map(g, 2), 0, TensorMaps.BYTES);
            }
            tiles += ceilDivide(rows, TILE_M) * ceilDivide(n, columns);
        }
        put(groups, groups, offsets[groups], tiles);
        return tiles;
    }

    private void alongK(MemorySegment map, MemorySegment w, int rows, int columns) {
        encoder.encode(map, w.address(), rows, columns, TILE_N / 2);
    }

    private void acrossK(MemorySegment map, MemorySegment w, int rows, int columns) {
        encoder.encode(map, w.address(), rows, columns, TILE_K);
    }

    private static int ceilDivide(int a, int b) {
        return (a + b - 1) / b;
    }

    /** dx [rows, in] fp32 = dy [rows, out] * w[g] [out, in] + beta * dx. */
    void backwardInput(
            MemorySegment dy, int[] offsets, MemorySegment[] w, MemorySegment dx, int in, int out, float beta) {
        int tiles = rowTiles(dy, offsets, out, in, TILE_N, (map, g) -> acrossK(map, w[g], out, in));
        launch(
                table(backwardInput, offsets.length - 1)
                        .with(in)
                        .with(out)
                        .with(dx)
                        .with(beta),
                tiles);
    }

    /** As {@link #backwardInput}, dx bf16. */
    void backwardInputBf16(MemorySegment dy, int[] offsets, MemorySegment[] w, MemorySegment dx, int in, int out) {
        int tiles = rowTiles(dy, offsets, out, in, TILE_N, (map, g) -> acrossK(map, w[g], out, in));
        launch(table(backwardInputBf16, offsets.length - 1).with(in).with(out).with(dx), tiles);
    }

    /** dw[g] [out, in] fp32 = dy_g^T * x_g + beta * dw[g]; without rows dw[g] = beta * dw[g]. */
    void backwardWeight(
            MemorySegment dy, int[] offsets, MemorySegment x, MemorySegment[] dw, int in, int out, float beta) {
        int groups = offsets.length - 1;
        reserve(groups);
        int tiles = 0;
        for (int g = 0; g < groups; g++) {
            int rows = offsets[g + 1] - offsets[g];
            put(groups, g, offsets[g], tiles);
            pointers(groups).setAtIndex(JAVA_LONG, g, dw[g] == null ? 0 : dw[g].address());
            boolean untouched = rows == 0 && (dw[g] == null || beta == 1f);
            if (!untouched) {
                encoder.encode(map(g, 0), dy.address() + 2L * offsets[g] * out, Math.max(1, rows), out, TILE_K);
                encoder.encode(map(g, 1), x.address() + 2L * offsets[g] * in, Math.max(1, rows), in, TILE_K);
                MemorySegment.copy(map(g, 1), 0, map(g, 2), 0, TensorMaps.BYTES);
                tiles += ceilDivide(out, TILE_M) * ceilDivide(in, TILE_N);
            }
        }
        put(groups, groups, offsets[groups], tiles);
        KernelCall call = table(backwardWeight, groups).with(out).with(in);
        launch(call.with(deviceTable(pointersAt(groups))).with(beta), tiles);
    }

    /** y = gelu(x w[g]^T) and its slope, both [rows, out] bf16. */
    void gelu(MemorySegment x, int[] offsets, MemorySegment[] w, Activated activated, int in, int out) {
        int tiles = rowTiles(x, offsets, in, out, TILE_N, (map, g) -> alongK(map, w[g], out, in));
        KernelCall call = table(gelu, offsets.length - 1).with(out).with(in);
        launch(call.with(activated.y()).with(activated.slope()), tiles);
    }

    /** y = silu(x gate[g]^T) * (x up[g]^T) and its slopes by both products, all [rows, out] bf16. */
    void swiglu(
            MemorySegment x,
            int[] offsets,
            MemorySegment[] gate,
            MemorySegment[] up,
            Activated activated,
            int in,
            int out) {
        int tiles = rowTiles(x, offsets, in, out, TILE_N / 2, (map, g) -> alongK(map, gate[g], out, in));
        for (int g = 0; g < gate.length; g++) {
            if (offsets[g + 1] > offsets[g]) {
                alongK(map(g, 2), up[g], out, in);
            }
        }
        KernelCall call = table(swiglu, offsets.length - 1).with(out).with(in);
        launch(call.with(activated.y()).with(activated.slope()).with(activated.secondSlope()), tiles);
    }

    /** What an activation leaves; secondSlope of SwiGLU only. */
    record Activated(MemorySegment y, MemorySegment slope, MemorySegment secondSlope) {}

    // The table: maps, offsets, first tiles, pointers.

    private static long offsetsAt(int groups) {
        return (long) groups * MAPS * TensorMaps.BYTES;
    }

    private static long firstTilesAt(int groups) {
        return offsetsAt(groups) + 4L * (groups + 1);
    }

    private static long pointersAt(int groups) {
        return (firstTilesAt(groups) + 4L * (groups + 1) + 7) / 8 * 8;
    }

    private static long tableBytes(int groups) {
        return pointersAt(groups) + 8L * groups;
    }

    private void reserve(int groups) {
        if (host.byteSize() < tableBytes(groups)) {
            host = arena.allocate(tableBytes(groups), ALIGNMENT);
            if (table.byteSize() > 0) {
                device.release(table);
            }
            table = device.allocate(tableBytes(groups));
        }
    }

    private MemorySegment map(int group, int which) {
        return host.asSlice((long) (group * MAPS + which) * TensorMaps.BYTES, TensorMaps.BYTES);
    }

    private MemorySegment pointers(int groups) {
        return host.asSlice(pointersAt(groups));
    }

    private void put(int groups, int group, int offset, int firstTile) {
        host.set(JAVA_INT, offsetsAt(groups) + 4L * group, offset);
        host.set(JAVA_INT, firstTilesAt(groups) + 4L * group, firstTile);
    }

    private MemorySegment deviceTable(long at) {
        return table.asSlice(at);
    }

    private KernelCall table(KernelCall call, int groups) {
        device.copyIn(host, table, tableBytes(groups));
        return call.with(table)
                .with(deviceTable(offsetsAt(groups)))
                .with(deviceTable(firstTilesAt(groups)))
                .with(groups);
    }

    private void launch(KernelCall call, int tiles) {
        call.launch(Math.min(tiles, device.info().multiprocessors()), 1, THREADS, SHARED_BYTES);
    }

    @Override
    public void close() {
        if (table.byteSize() > 0) {
            device.release(table);
            table = MemorySegment.NULL;
        }
        arena.close();
    }
}
