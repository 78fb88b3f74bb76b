package io.witan.runtime.memory;

import io.witan.runtime.engine.LogitBlock;
import io.witan.runtime.engine.StepArena;

/**
 * Room that one micro-batch takes of the step's memory, worked out without taking any: what the parts of a decoder push, in their
 * order, onto a stack of blocks as {@link StepArena} keeps it. Kernels on host memory, whose rows are fp32.
 */
public final class StepRoom {
    private static final long ALIGNMENT = 64;
    private static final long FLOAT = Float.BYTES;

    private final Batch batch;
    private final java.util.ArrayList<Long> blocks = new java.util.ArrayList<>();
    private int block;
    private long offset;

    /**
     * What a rank computes at once.
     *
     * @param tokens T of the rank
     * @param received assignments that its experts compute
     * @param topK experts of a token
     * @param matrices of an expert: 2, or 3 with a gate
     * @param recompute whether a block keeps only its input until backward
     */
    public record Batch(
            long tokens,
            long received,
            int ranks,
            int layers,
            int width,
            int heads,
            int hidden,
            int experts,
            int topK,
            int matrices,
            int vocabulary,
            boolean recompute) {}

    private StepRoom(Batch batch) {
        this.batch = batch;
    }

    /** Bytes that the rank holds for activations after a step. */
    public static long bytes(Batch batch) {
        StepRoom room = new StepRoom(batch);
        room.run();
        return room.blocks.stream().mapToLong(Long::longValue).sum();
    }

    private void run() {
        long width = batch.tokens * batch.width;
        push(batch.tokens);
        push(batch.tokens);
        push(width);
        for (int l = 0; l < batch.layers; l++) {
            push(width);
            long mark = top();
            forward();
            if (batch.recompute) {
                release(mark);
            }
        }
        push(width);
        norm();
        push(width);
        push(batch.tokens);
        long rows = LogitBlock.rows(batch.vocabulary);
        push(Math.min(rows, batch.tokens) * batch.vocabulary);
        for (int l = 0; l < batch.layers; l++) {
            long mark = top();
            if (batch.recompute) {
                push(width);
                forward();
            }
            backward();
            release(mark);
        }
    }

    private void norm() {
        push(batch.tokens * batch.width);
        push(2 * batch.tokens);
    }

    private void forward() {
        long width = batch.tokens * batch.width;
        long sent = batch.tokens * batch.topK;
        push(width);
        norm();
        push(3 * width);
        push(width);
        push(2 * batch.tokens * batch.heads);
        norm();
        push(batch.tokens * batch.experts);
        push(batch.tokens * batch.experts);
        push(sent);
        push(sent);
        push(batch.tokens);
        push(batch.experts);
        if (batch.ranks > 1) {
            push((long) batch.ranks * batch.experts);
        }
        push(sent);
        push(sent);
        push(batch.received);
        push(sent);
        toExperts();
        push(batch.received * batch.width);
        pushBytes(batch.matrices * aligned(batch.received * batch.hidden * FLOAT));
        toTokens();
    }

    private void toExperts() {
        if (batch.ranks == 1) {
            push(batch.tokens * batch.topK * batch.width);
            return;
        }
        push(batch.received * batch.width);
        push(batch.received * batch.width);
    }

    private void toTokens() {
        if (batch.ranks > 1) {
            push(batch.tokens * batch.topK * batch.width);
        }
    }

    private void backward() {
        long width = batch.tokens * batch.width;
        if (batch.ranks == 1) {
            push(batch.tokens * batch.topK * batch.width);
        }
        push(batch.tokens * batch.topK);
        if (batch.ranks > 1) {
            toExperts();
        }
        push(batch.received * batch.width);
        long mark = top();
        pushBytes((batch.matrices - 1) * aligned(batch.received * batch.hidden * FLOAT));
        release(mark);
        toTokens();
        push(batch.experts);
        push(batch.tokens * batch.experts);
        push(width);
        push(width);
        push(3 * width);
    }

    private void push(long values) {
        pushBytes(values * FLOAT);
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
    }

    private void pushBytes(long bytes) {
        long padded = aligned(bytes);
        while (block < blocks.size() && offset + padded > blocks.get(block)) {
            block++;
            offset = 0;
        }
        if (block == blocks.size()) {
            blocks.add(Math.max(StepArena.BLOCK_BYTES, padded));
            offset = 0;
        }
        offset += padded;
    }

    private long top() {
        return ((long) block << 44) | offset;
    }

    private void release(long mark) {
        block = (int) (mark >>> 44);
        offset = mark & ((1L << 44) - 1);
    }
}
