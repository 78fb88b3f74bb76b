package io.witan.runtime.memory;

import io.witan.runtime.engine.LogitBlock;
import io.witan.runtime.engine.StepArena;
import java.util.List;

/**
 * Room that one micro-batch takes of the step's memory, worked out without taking any: what the parts of a decoder push, in their
 * order, onto the stack that {@link StepArena} is. Kernels on host memory, whose rows are fp32.
 */
public final class StepRoom {
    private static final long FLOAT = Float.BYTES;

    private final Batch batch;
    private long top;
    private long most;

    /**
     * What a rank computes at once.
     *
     * @param tokens T of the rank
     * @param received by layer, assignments that its experts compute
     * @param sharedHidden hidden width of the shared experts together, 0 if there are none
     * @param hidden width F of an expert, or of a shard
     * @param experts E, whole ones
     * @param topK experts of a token
     * @param expertSharding S: shards of each, to all of which a token goes
     * @param matrices of an expert: 2, or 3 with a gate
     * @param recompute whether a block keeps only its input until backward
     * @param pipelined whether rows of tokens and of experts are on their way at once
     * @param deferring whether gradients of the experts' weights come when those of all rows have
     * @param mergingNodes nodes to which a token's rows go as one; 1: each row goes by itself
     * @param kvWidth width of keys, and of values
     * @param qkvBias whether queries, keys and values have a bias
     * @param sharedGate whether a gate weights the shared experts' output
     */
    public record Batch(
            long tokens,
            List<Long> received,
            int ranks,
            int width,
            int heads,
            int hidden,
            int sharedHidden,
            int experts,
            int topK,
            int expertSharding,
            int matrices,
            int vocabulary,
            boolean recompute,
            boolean pipelined,
            boolean deferring,
            int mergingNodes,
            int kvWidth,
            boolean qkvBias,
            boolean sharedGate) {
        public Batch {
            received = List.copyOf(received);
        }

        /** Each row by itself; as many heads of keys and values as of queries, no bias, no gate of shared experts. */
        public Batch(
                long tokens,
                List<Long> received,
                int ranks,
                int width,
                int heads,
                int hidden,
                int sharedHidden,
                int experts,
                int topK,
                int expertSharding,
                int matrices,
                int vocabulary,
                boolean recompute,
                boolean pipelined,
                boolean deferring) {
            this(
                    tokens,
                    received,
                    ranks,
                    width,
                    heads,
                    hidden,
                    sharedHidden,
                    experts,
                    topK,
                    expertSharding,
                    matrices,
                    vocabulary,
                    recompute,
                    pipelined,
                    deferring,
                    1,
                    width,
                    false,
                    false);
        }

        boolean merges() {
            return mergingNodes > 1;
        }

        /** @param rows that the rank's experts receive */
        MergedRoom merged(long rows) {
            return MergedRoom.most(this, rows, mergingNodes);
        }

        /** Values of queries, keys and values. */
        long qkv() {
            return tokens * (width + 2L * kvWidth);
        }

        int layers() {
            return received.size();
        }

        /** Rows that leave the rank's gate. */
        long sent() {
            return tokens * topK * expertSharding;
        }

        /** Of the layer that has most; 0 without layers. */
        long mostReceived() {
            return received.stream().mapToLong(Long::longValue).max().orElse(0);
        }
    }

    private StepRoom(Batch batch) {
        this.batch = batch;
    }

    /** Bytes that the rank holds for activations after a step. */
    public static long bytes(Batch batch) {
        return StepArena.heldBytes(peakBytes(batch));
    }

    /** Most that segments take at once. */
    static long peakBytes(Batch batch) {
        StepRoom room = new StepRoom(batch);
        room.run();
        return room.most;
    }

    private void run() {
        long width = batch.tokens * batch.width;
        push(batch.tokens);
        push(batch.tokens);
        push(width);
        for (int l = 0; l < batch.layers(); l++) {
            push(width);
            long mark = top;
            forward(batch.received.get(l));
            if (batch.recompute) {
                top = mark;
            }
        }
        push(width);
        norm();
        push(width);
        push(batch.tokens);
        long rows = LogitBlock.rows(batch.vocabulary);
        push(Math.min(rows, batch.tokens) * batch.vocabulary);
        for (int l = batch.layers() - 1; l >= 0; l--) {
            long mark = top;
            if (batch.recompute) {
                push(width);
                forward(batch.received.get(l));
            }
            backward(batch.received.get(l));
            top = mark;
        }
    }

    private void norm() {
        push(batch.tokens * batch.width);
        push(2 * batch.tokens);
    }

    private void forward(long received) {
        long width = batch.tokens * batch.width;
        long chosen = batch.tokens * batch.topK;
        long sent = batch.sent();
        long loads = (long) batch.experts * batch.expertSharding;
        push(width);
        norm();
        push(batch.qkv());
        push(width);
        push(2 * batch.tokens * batch.heads);
        norm();
        push(batch.tokens * batch.experts);
        push(batch.tokens * batch.experts);
        push(chosen);
        push(chosen);
        push(batch.tokens);
        if (batch.expertSharding > 1) {
            push(sent);
            push(sent);
        }
        push(loads);
        if (batch.ranks > 1) {
            push(batch.ranks * loads);
        }
        push(sent);
        push(sent);
        push(received);
        push(sent);
        toExperts(received);
        if (batch.sharedGate) {
            push(width);
            push(batch.tokens);
            push(batch.tokens);
            push(batch.tokens);
        }
        pushBytes(batch.matrices * sharedBytes());
        push(received * batch.width);
        pushBytes(batch.matrices * StepArena.segmentBytes(received * batch.hidden * FLOAT));
        if (batch.merges()) {
            pushBytes(batch.merged(received).keptBytes());
            long mark = top;
            pushBytes(batch.merged(received).sumBytes());
            top = mark;
        } else {
            toTokens();
        }
    }

    private void toExperts(long received) {
        if (batch.ranks == 1) {
            push(batch.sent() * batch.width);
            return;
        }
        push(received * batch.width);
        push(received * batch.width);
    }

    private void toTokens() {
        if (batch.ranks > 1) {
            push(batch.sent() * batch.width);
        }
    }

    /** Of one of the arrays [T, H] that shared experts work in. */
    private long sharedBytes() {
        return StepArena.segmentBytes(batch.tokens * batch.sharedHidden * FLOAT);
    }

    private void backward(long received) {
        long width = batch.tokens * batch.width;
        if (batch.ranks == 1) {
            push(batch.sent() * batch.width);
        }
        push(batch.sent());
        if (batch.ranks > 1) {
            toExperts(received);
        }
        if (batch.expertSharding > 1) {
            push(batch.tokens * batch.topK);
        }
        push(batch.experts);
        push(batch.tokens * batch.experts);
        push(width);
        long mark = top;
        if (batch.sharedGate) {
            push(width);
            push(batch.tokens);
            push(batch.tokens);
        }
        pushBytes((batch.matrices - 1) * sharedBytes());
        top = mark;
        push(received * batch.width);
        mark = top;
        pushBytes((batch.matrices - 1) * StepArena.segmentBytes(received * batch.hidden * FLOAT));
        if (!batch.deferring) {
            top = mark;
        }
        if (batch.merges()) {
            mergedToTokens(received);
        } else {
            toTokens();
        }
        push(width);
        push(batch.qkv());
        if (batch.qkvBias) {
            push(batch.tokens);
        }
    }

    /** Shared experts work after the experts here. */
    private void mergedToTokens(long received) {
        pushBytes(batch.merged(received).backwardBytes());
        long mark = top;
        pushBytes((batch.matrices - 1) * sharedBytes());
        top = mark;
    }

    private void push(long values) {
        pushBytes(values * FLOAT);
    }

    private void pushBytes(long bytes) {
        top += StepArena.segmentBytes(bytes);
        most = Math.max(most, top);
    }
}
