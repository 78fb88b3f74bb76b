package io.witan.runtime.moe;

import io.witan.kernels.PermuteKernel;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import java.lang.foreign.MemorySegment;

/**
 * Moves rows of one length, as the experts' kernels take them, between the rank that has the token and the rank that has the expert.
 * With one rank, sent order is expert order and nothing moves.
 */
final class TokenExchange {
    private final RankRuntime runtime;
    private final TokenOrder order;
    private final long rowBytes;

    /**
     * @param rowBytes of a row: a multiple of 4 where there are several ranks
     * @throws IllegalArgumentException if it is none
     */
    TokenExchange(RankRuntime runtime, TokenOrder order, long rowBytes) {
        if (runtime.size() > 1 && rowBytes % Integer.BYTES != 0) {
            throw new IllegalArgumentException("token exchange of " + runtime.size() + " ranks: rows of " + rowBytes
                    + " bytes, allowed are multiples of " + Integer.BYTES);
        }
        this.runtime = runtime;
        this.order = order;
        this.rowBytes = rowBytes;
    }

    /** Where to put the rows [n, D] that {@link #toExperts} sends: valid until it has, or in the arena if nothing moves. */
    MemorySegment rowsToSend() {
        long bytes = rowBytes(order.sent());
        return runtime.size() == 1
                ? arena().bytes(bytes)
                : arena().mirror(runtime.exchange().staging(bytes));
    }

    /** Dispatch: rows [n, D] in sent order to rows [m, D] in expert order. */
    MemorySegment toExperts(MemorySegment sent) {
        if (runtime.size() == 1) {
            return sent;
        }
        MemorySegment received = arena().hostBytes(rowBytes(order.received()));
        exchange(staged(sent, order.sent()), order.sendRows(), received, order.receiveRows());
        MemorySegment byExpert = arena().bytes(rowBytes(order.received()));
        permute().gatherRows(arena().toKernels(received), order.receivedRow(), byExpert, order.received(), rowWords());
        return byExpert;
    }

    /** Combine: rows [m, D] in expert order back to rows [n, D] in sent order. */
    MemorySegment toTokens(MemorySegment byExpert) {
        if (runtime.size() == 1) {
            return byExpert;
        }
        MemorySegment received = arena().mirror(runtime.exchange().staging(rowBytes(order.received())));
        permute().scatterRows(byExpert, order.receivedRow(), received, order.received(), rowWords());
        MemorySegment sent = arena().hostBytes(rowBytes(order.sent()));
        exchange(staged(received, order.received()), order.receiveRows(), sent, order.sendRows());
        return arena().toKernels(sent);
    }

    /** The rows in the host memory from which peers take them. */
    private MemorySegment staged(MemorySegment fromKernels, int rows) {
        MemorySegment staging = runtime.exchange().staging(rowBytes(rows));
        runtime.kernels().memory().copyOut(fromKernels, staging, rowBytes(rows));
        return staging;
    }

    private long rowBytes(int rows) {
        return rows * rowBytes;
    }

    /** Elements of 4 bytes of a row. */
    private int rowWords() {
        return Math.toIntExact(rowBytes / Integer.BYTES);
    }

    private StepArena arena() {
        return runtime.arena();
    }

    private void exchange(MemorySegment from, int[] fromRows, MemorySegment to, int[] toRows) {
        runtime.tokens().allToAllV(from, bytes(fromRows), to, bytes(toRows)).await();
    }

    private long[] bytes(int[] rows) {
        long[] bytes = new long[rows.length];
        for (int r = 0; r < rows.length; r++) {
            bytes[r] = rowBytes(rows[r]);
        }
        return bytes;
    }

    private PermuteKernel permute() {
        return runtime.kernels().permute();
    }
}
