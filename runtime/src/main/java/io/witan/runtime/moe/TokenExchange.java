package io.witan.runtime.moe;

import io.witan.kernels.PermuteKernel;
import io.witan.runtime.engine.RankRuntime;
import java.lang.foreign.MemorySegment;

/**
 * Moves rows of one width between the rank that has the token and the rank that has the expert. With one rank, sent order
 * is expert order and nothing moves.
 */
final class TokenExchange {
    private final RankRuntime runtime;
    private final TokenOrder order;
    private final int width;

    TokenExchange(RankRuntime runtime, TokenOrder order, int width) {
        this.runtime = runtime;
        this.order = order;
        this.width = width;
    }

    /** Where to put the rows [n, D] that {@link #toExperts} sends: valid until it has, or in the arena if nothing moves. */
    MemorySegment rowsToSend() {
        long rows = (long) order.sent() * width;
        return runtime.size() == 1
                ? runtime.arena().floats(rows)
                : runtime.exchange().staging(rows * Float.BYTES);
    }

    /** Dispatch: rows [n, D] in sent order to rows [m, D] in expert order. */
    MemorySegment toExperts(MemorySegment sent) {
        if (runtime.size() == 1) {
            return sent;
        }
        MemorySegment received = runtime.arena().floats((long) order.received() * width);
        exchange(sent, order.sendRows(), received, order.receiveRows());
        MemorySegment byExpert = runtime.arena().floats((long) order.received() * width);
        permute().gatherRows(received, order.receivedRow(), byExpert, order.received(), width);
        return byExpert;
    }

    /** Combine: rows [m, D] in expert order back to rows [n, D] in sent order. */
    MemorySegment toTokens(MemorySegment byExpert) {
        if (runtime.size() == 1) {
            return byExpert;
        }
        MemorySegment received = runtime.exchange().staging((long) order.received() * width * Float.BYTES);
        permute().scatterRows(byExpert, order.receivedRow(), received, order.received(), width);
        MemorySegment sent = runtime.arena().floats((long) order.sent() * width);
        exchange(received, order.receiveRows(), sent, order.sendRows());
        return sent;
    }

    private void exchange(MemorySegment from, int[] fromRows, MemorySegment to, int[] toRows) {
        runtime.tokens().allToAllV(from, bytes(fromRows), to, bytes(toRows)).await();
    }

    private long[] bytes(int[] rows) {
        long[] bytes = new long[rows.length];
        for (int r = 0; r < rows.length; r++) {
            bytes[r] = (long) rows[r] * width * Float.BYTES;
        }
        return bytes;
    }

    private PermuteKernel permute() {
        return runtime.kernels().permute();
    }
}
