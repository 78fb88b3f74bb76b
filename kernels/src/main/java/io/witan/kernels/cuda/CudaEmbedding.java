package io.witan.kernels.cuda;

import io.witan.kernels.EmbeddingKernel;
import io.witan.kernels.cuda.device.Device;
import io.witan.kernels.cuda.device.DeviceScratch;
import io.witan.kernels.cuda.device.KernelCall;
import io.witan.kernels.operand.Operand;
import java.lang.foreign.MemorySegment;

/**
 * Backward first gathers the tokens by bucket of their ids, in token order, and then adds each bucket's rows by one warp a range
 * of columns: the same bits whatever the device does first.
 */
final class CudaEmbedding implements EmbeddingKernel {
    private static final int THREADS = 256;
    private static final int LANES = 4;
    private static final int ITEMS_OF_BLOCK = 4 * THREADS;

    private static final int WARP = 32;

    /** Of the kernel that adds rows: one block fills a multiprocessor. */
    private static final int ADDING_THREADS = 512;

    /** Buckets for each token: few ids then share one. */
    private static final long BUCKETS_PER_TOKEN = 4;

    /** Five counters, and the alignment of what follows. */
    private static final int CURSOR_BYTES = 32;

    private final Device device;
    private final DeviceScratch scratch;
    private final KernelCall[] forward;
    private final KernelCall[] addPositions;
    private final KernelCall[] addTokens;
    private final KernelCall count;
    private final KernelCall reserve;
    private final KernelCall gather;
    private final KernelCall order;
    private final long residentBlocks;

    CudaEmbedding(Device device) {
        this.device = device;
        scratch = new DeviceScratch(device);
        forward = byOneAndFour("embedding");
        addPositions = byOneAndFour("embedding_add_positions");
        addTokens = byOneAndFour("embedding_add_tokens");
        count = device.kernel("embedding", "embedding_count");
        reserve = device.kernel("embedding", "embedding_reserve");
        gather = device.kernel("embedding", "embedding_gather");
        order = device.kernel("embedding", "embedding_order");
        residentBlocks = device.info().multiprocessors();
    }

    private KernelCall[] byOneAndFour(String name) {
        return new KernelCall[] {
            device.kernel("embedding", name + "_by_1"), device.kernel("embedding", name + "_by_" + LANES)
        };
    }

    @Override
    public void forward(
            MemorySegment ids,
            MemorySegment token,
            MemorySegment position,
            MemorySegment out,
            int tokens,
            int positions,
            int cols) {
        checkSizes(tokens, positions, cols);
        Operand.in("embedding token", token, 0);
        Operand.in("embedding ids", ids, tokens);
        boolean placed = !position.equals(MemorySegment.NULL);
        Operand.in("embedding position", position, placed ? (long) Math.min(tokens, positions) * cols : 0);
        Operand.out("embedding out", out, (long) tokens * cols);
        boolean wide = cols % LANES == 0 && Vectors.aligned(token, position, out);
        forward[wide ? 1 : 0]
                .with(ids)
                .with(token)
                .with(position)
                .with(out)
                .with(tokens)
                .with(positions)
                .with(cols)
                .launch(blocks((long) tokens * values(cols, wide), ITEMS_OF_BLOCK), THREADS);
    }

    @Override
    public void backward(
            MemorySegment ids,
            MemorySegment dOut,
            MemorySegment dToken,
            MemorySegment dPosition,
            int tokens,
            int positions,
            int cols) {
        checkSizes(tokens, positions, cols);
        Operand.out("embedding dToken", dToken, 0);
        Operand.in("embedding ids", ids, tokens);
        Operand.in("embedding dOut", dOut, (long) tokens * cols);
        boolean placed = !dPosition.equals(MemorySegment.NULL);
        long places = placed ? Math.min(tokens, positions) : 0;
        Operand.out("embedding dPosition", dPosition, places * cols);
        if (tokens == 0 || cols == 0) {
            return;
        }
        addTokens(ids, dOut, dToken, tokens, cols);
        boolean wide = cols % LANES == 0 && Vectors.aligned(dOut, dPosition);
        addPositions[wide ? 1 : 0]
                .with(dOut)
                .with(dPosition)
                .with(tokens)
                .with(positions)
                .with(cols)
                .launch(blocks(places * values(cols, wide), THREADS), THREADS);
    }

    private void addTokens(MemorySegment ids, MemorySegment dOut, MemorySegment dToken, int tokens, int cols) {
        int buckets = buckets(tokens);
        long all = (long) Integer.BYTES * buckets;
        long each = (long) Integer.BYTES * tokens;
        MemorySegment working = scratch.bytes(CURSOR_BYTES + 2 * all + 6 * each);
        long cursors = working.address();
        long lengths = cursors + CURSOR_BYTES;
        long starts = lengths + all;
        long runs = starts + all;
        long ordered = runs + 2 * each;
        long slots = ordered + 2 * each;
        long gathered = slots + each;
        int mask = buckets - 1;
        device.fill(working, (byte) 0, CURSOR_BYTES + all);
        count.with(ids).with(lengths).with(slots).with(tokens).with(mask).launch(blocks(tokens, THREADS), THREADS);
        reserve.with(lengths).with(starts).with(runs).with(cursors).with(tokens).launch(buckets / THREADS, THREADS);
        gather.with(ids).with(starts).with(slots).with(gathered).with(tokens).with(mask);
        gather.launch(blocks(tokens, THREADS), THREADS);
        order.with(ids)
                .with(lengths)
                .with(starts)
                .with(gathered)
                .with(ordered)
                .with(tokens)
                .with(mask);
        order.launch(blocks(tokens, THREADS), THREADS);
        boolean wide = cols % LANES == 0 && Vectors.aligned(dOut, dToken);
        long mostTasks = tokens * blocks(values(cols, wide), WARP);
        addTokens[wide ? 1 : 0]
                .with(ordered)
                .with(runs)
                .with(cursors)
                .with(dOut)
                .with(dToken)
                .with(tokens)
                .with(cols)
                .launch(Math.min(residentBlocks, blocks(mostTasks, ADDING_THREADS / WARP)), ADDING_THREADS);
    }

    /** A power of two, not less than a block. */
    private static int buckets(int tokens) {
        long wanted = Math.max(THREADS, BUCKETS_PER_TOKEN * tokens);
        return (int) Math.min(1 << 30, Long.highestOneBit(2 * wanted - 1));
    }

    private static long blocks(long items, int itemsOfBlock) {
        return (items + itemsOfBlock - 1) / itemsOfBlock;
    }

    private static int values(int cols, boolean wide) {
        return wide ? cols / LANES : cols;
    }

    private static void checkSizes(int tokens, int positions, int cols) {
        Operand.size("embedding tokens", tokens);
        Operand.size("embedding cols", cols);
        Operand.positive("embedding positions", positions);
    }
}
