package io.witan.kernels.cuda.gemm;

import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.KernelCall;
import io.witan.kernels.cuda.device.TensorMaps;
import java.lang.foreign.MemorySegment;

/**
 * By {@code wgmma} and the tensor copy engine, of compute capability 9.0 alone ({@code grouped_gemm_sm90.cu}): one block a
 * multiprocessor walks over tiles, alone or in clusters of two.
 */
final class HopperGemm implements GroupedGemm {
    private static final String FILE = "grouped_gemm_sm90";
    private static final int TILE_N = 256;
    private static final int TILE_K = 64;
    private static final int THREADS = 384;

    /** All that a block can have: no other lives beside it. */
    private static final int SHARED_BYTES = 227 << 10;

    /** How blocks and their two warpgroups of multipliers divide work ({@code Plan} of {@code grouped_sm90.cuh}). */
    private enum Plan {
        /** Each block for itself; each warpgroup multiplies one half of each tile. */
        ALONE(1, 128),

        /** Two blocks share an operand. */
        PAIRED(2, 128),

        /** Two blocks share an operand; each warpgroup multiplies every other tile, and stores it while the other multiplies. */
        IN_TURN(2, 64);

        final int cluster;
        final int tileRows;

        Plan(int cluster, int tileRows) {
            this.cluster = cluster;
            this.tileRows = tileRows;
        }

        /** Shares of a group's tiles, each what a cluster takes at once: tiles below each other, of a row that is left side by side. */
        int shares(int rows, int tilesAcross) {
            int down = ceilDivide(rows, tileRows);
            return Math.addExact(
                    Math.multiplyExact(down / cluster, tilesAcross), down % cluster * ceilDivide(tilesAcross, cluster));
        }

        /** Of a left operand that lies along the sum; it comes in two halves. */
        int leftBoxRows() {
            return tileRows / 2;
        }
    }

    /** Maps of a group: the left operand, and the right one of either half of a tile's columns. */
    private static final int MAPS = 3;

    private static final int LEFT = 0;
    private static final int RIGHT = 1;
    private static final int RIGHT_OF_SECOND = 2;

    /** The narrowest matrix that a map can have. */
    private static final int LEAST_COLUMNS = 8;

    private final GroupTable table;
    private final TensorMaps encoder;
    private final int multiprocessors;
    private final KernelCall forward;
    private final KernelCall forwardBf16;
    private final KernelCall backwardInput;
    private final KernelCall backwardInputBf16;
    private final KernelCall backwardWeight;
    private final KernelCall gelu;
    private final KernelCall swiglu;

    HopperGemm(Device device) {
        table = new GroupTable(device, MAPS * TensorMaps.BYTES);
        encoder = new TensorMaps(device);
        multiprocessors = device.info().multiprocessors();
        forward = device.kernel(FILE, "gemm90_forward");
        forwardBf16 = device.kernel(FILE, "gemm90_forward_bf16");
        backwardInput = device.kernel(FILE, "gemm90_backward_input");
        backwardInputBf16 = device.kernel(FILE, "gemm90_backward_input_bf16");
        backwardWeight = device.kernel(FILE, "gemm90_backward_weight");
        gelu = device.kernel(FILE, "gemm90_gelu");
        swiglu = device.kernel(FILE, "gemm90_swiglu");
    }

    @Override
    public void forward(MemorySegment x, int[] offsets, MemorySegment[] w, MemorySegment y, Widths widths, float beta) {
        listForward(x, offsets, w, widths, Plan.PAIRED, TILE_N);
        launch(arguments(forward, widths.out(), widths.in()).with(y).with(beta), Plan.PAIRED);
    }

    @Override
    public void forwardBf16(MemorySegment x, int[] offsets, MemorySegment[] w, MemorySegment y, Widths widths) {
        listForward(x, offsets, w, widths, Plan.PAIRED, TILE_N);
        launch(arguments(forwardBf16, widths.out(), widths.in()).with(y), Plan.PAIRED);
    }

    /** Tiles and operands of x * w[g]^T, both contiguous along the sum. */
    private void listForward(
            MemorySegment x, int[] offsets, MemorySegment[] w, Widths widths, Plan plan, int tileColumns) {
        table.begin(offsets);
        listShares(plan, ceilDivide(widths.out(), tileColumns));
        for (int g = 0; g < w.length; g++) {
            int rows = offsets[g + 1] - offsets[g];
            if (rows > 0) {
                encode(g, LEFT, row(x, offsets[g], widths.in()), rows, widths.in(), plan.leftBoxRows());
                encodeRight(g, w[g].address(), widths.out(), widths.in(), TILE_N / 2);
            }
        }
    }

    private void listShares(Plan plan, int tilesAcross) {
        table.listNumbers(g -> plan.shares(table.rows(g), tilesAcross));
    }

    private static int ceilDivide(int a, int b) {
        return (a + b - 1) / b;
    }

    private static long row(MemorySegment matrix, int row, int columns) {
        return matrix.address() + (long) row * columns * Short.BYTES;
    }

    /** A matrix without elements gets the map of some that has; the kernels ask it for boxes that lie outside. */
    private void encode(int group, int which, long address, int rows, int columns, int boxRows) {
        if (rows == 0 || columns == 0) {
            encoder.encode(map(group, which), table.structuresAddress(), 1, LEAST_COLUMNS, boxRows);
        } else {
            encoder.encode(map(group, which), address, rows, columns, boxRows);
        }
    }

    private MemorySegment map(int group, int which) {
        return table.structure(group, (long) which * TensorMaps.BYTES, TensorMaps.BYTES);
    }

    private void encodeRight(int group, long address, int rows, int columns, int boxRows) {
        encode(group, RIGHT, address, rows, columns, boxRows);
        map(group, RIGHT_OF_SECOND).copyFrom(map(group, RIGHT));
    }

    @Override
    public void backwardInput(
            MemorySegment dy, int[] offsets, MemorySegment[] w, MemorySegment dx, Widths widths, float beta) {
        listBackwardInput(dy, offsets, w, widths);
        launch(arguments(backwardInput, widths.in(), widths.out()).with(dx).with(beta), Plan.PAIRED);
    }

    @Override
    public void backwardInputBf16(MemorySegment dy, int[] offsets, MemorySegment[] w, MemorySegment dx, Widths widths) {
        listBackwardInput(dy, offsets, w, widths);
        launch(arguments(backwardInputBf16, widths.in(), widths.out()).with(dx), Plan.PAIRED);
    }

    /** Tiles and operands of dy * w[g], whose rows lie along the sum. */
    private void listBackwardInput(MemorySegment dy, int[] offsets, MemorySegment[] w, Widths widths) {
        table.begin(offsets);
        listShares(Plan.PAIRED, ceilDivide(widths.in(), TILE_N));
        for (int g = 0; g < w.length; g++) {
            int rows = offsets[g + 1] - offsets[g];
            if (rows > 0) {
                encode(g, LEFT, row(dy, offsets[g], widths.out()), rows, widths.out(), Plan.PAIRED.leftBoxRows());
                encodeRight(g, w[g].address(), widths.out(), widths.in(), TILE_K);
            }
        }
    }

    /** Copies the table to the device; gives the call the arguments that all begin with, which end in two widths. */
    private KernelCall arguments(KernelCall call, int first, int second) {
        table.upload();
        return call.with(table.structuresAddress())
                .with(table.offsetsAddress())
                .with(table.listAddress())
                .with(table.groups())
                .with(first)
                .with(second);
    }

    private void launch(KernelCall call, Plan plan) {
        int blocks = plan.cluster * Math.min(table.listed(), Math.max(1, multiprocessors / plan.cluster));
        call.launch(blocks, 1, THREADS, SHARED_BYTES);
    }

    @Override
    public void backwardWeight(
            MemorySegment dy, int[] offsets, MemorySegment x, MemorySegment[] dw, Widths widths, float beta) {
        table.begin(offsets);
        table.addresses(GroupedProducts.MATRICES, dw);
        int shares = Plan.ALONE.shares(widths.out(), ceilDivide(widths.in(), TILE_N));
        table.listNumbers(g -> table.changes(GroupedProducts.MATRICES, g, beta) ? shares : 0);
        for (int g = 0; g < dw.length; g++) {
            if (table.changes(GroupedProducts.MATRICES, g, beta)) {
                int rows = offsets[g + 1] - offsets[g];
                long left = row(dy, offsets[g], widths.out());
                encode(g, LEFT, left, rows, widths.out(), TILE_K);
                encodeRight(g, row(x, offsets[g], widths.in()), rows, widths.in(), TILE_K);
            }
        }
        KernelCall call = arguments(backwardWeight, widths.out(), widths.in());
        launch(call.with(table.columnAddress(GroupedProducts.MATRICES)).with(beta), Plan.ALONE);
    }

    @Override
    public void gelu(MemorySegment x, int[] offsets, MemorySegment[] w, Gelu result, Widths widths) {
        listForward(x, offsets, w, widths, Plan.PAIRED, TILE_N);
        launch(arguments(gelu, widths.out(), widths.in()).with(result.y()).with(result.slope()), Plan.PAIRED);
    }

    @Override
    public void swiglu(MemorySegment x, int[] offsets, SwigluWeights weights, Swiglu result, Widths widths) {
        listForward(x, offsets, weights.gate(), widths, Plan.IN_TURN, TILE_N / 2);
        for (int g = 0; g < weights.up().length; g++) {
            if (offsets[g + 1] > offsets[g]) {
                long up = weights.up()[g].address();
                encode(g, RIGHT_OF_SECOND, up, widths.out(), widths.in(), TILE_N / 2);
            }
        }
        KernelCall call = arguments(swiglu, widths.out(), widths.in());
        launch(call.with(result.y()).with(result.gateSlope()).with(result.upSlope()), Plan.IN_TURN);
    }
}
