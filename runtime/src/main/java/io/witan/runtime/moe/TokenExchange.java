package io.witan.runtime.moe;

import io.witan.kernels.PermuteKernel;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
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
                ? arena().floats(rows)
                : arena().mirror(runtime.exchange().staging(rows * Float.BYTES));
    }

    /** Dispatch: rows [n, D] in sent order to rows [m, D] in expert order. */
    MemorySegment toExperts(MemorySegment sent) {
        if (runtime.size() == 1) {
            return sent;
        }
        MemorySegment received = arena().hostBytes(rowBytes(order.received()));
        exchange(staged(sent, order.sent()), order.sendRows(), received, order.receiveRows());
        MemorySegment byExpert = arena().floats((long) order.received() * width);
        permute().gatherRows(arena().toKernels(received), order.receivedRow(), byExpert, order.received(), width);
        return byExpert;
    }

    /** Combine: rows [m, D] in expert order back to rows [n, D] in sent order. */
    MemorySegment toTokens(MemorySegment byExpert) {
        if (runtime.size() == 1) {
            return byExpert;
        }
        MemorySegment received = arena().mirror(runtime.exchange().staging(rowBytes(order.received())));
        permute().scatterRows(byExpert, order.receivedRow(), received, order.received(), width);
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
        return (long) rows * width * Float.BYTES;
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
