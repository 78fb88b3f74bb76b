package io.witan.runtime.moe;

import io.witan.kernels.PermuteKernel;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import java.lang.foreign.MemorySegment;

/**
 * Dispatch and combine: moves rows of one length between the rank that has the token and the rank that has the expert. With one rank,
 * sent order is expert order and nothing moves. Where assignments may be dropped, rows that tokens are made of are followed by the void
 * row, which is zero: that is what a dropped assignment points at.
 */
final class TokenExchange {
    private final RankRuntime runtime;
    private final RowExchange way;
    private final TokenRows rows;
    private final int voidRows;

    /**
     * @param way between ranks
     * @param mayDrop whether rows of tokens end in the void row
     */
    TokenExchange(RankRuntime runtime, RowExchange way, TokenRows rows, boolean mayDrop) {
        this.runtime = runtime;
        this.way = way;
        this.rows = rows;
        this.voidRows = mayDrop ? 1 : 0;
    }

    /** Where to put the rows [n, D] that {@link #toExperts} sends: valid until it has, or in the arena if nothing moves. */
    MemorySegment rowsToSend(long rowBytes) {
        long bytes = (rows.sent() + voidRows) * rowBytes;
        return runtime.size() == 1
                ? arena().bytes(bytes)
                : arena().mirror(runtime.exchange().staging(bytes));
    }

    /** Where experts put the rows [m, D] that {@link #toTokens} returns; in the arena. */
    MemorySegment rowsOfExperts(long rowBytes) {
        if (runtime.size() > 1) {
            return arena().bytes(rows.received() * rowBytes);
        }
        MemorySegment buffer = arena().bytes((rows.received() + voidRows) * rowBytes);
        return withZeroes(buffer, rows.received(), rowBytes);
    }

    /** Dispatch: rows in sent order to rows in expert order, for which their length must be a multiple of 4 if there are several ranks. */
    MemorySegment toExperts(MemorySegment sent, long rowBytes) {
        if (runtime.size() == 1) {
            return sent;
        }
        int words = words(rowBytes);
        MemorySegment received = arena().hostBytes(rows.received() * rowBytes);
        way.exchange(staged(sent, rows.sent() * rowBytes), rows::rows, received, rowBytes);
        MemorySegment byExpert = arena().bytes(rows.received() * rowBytes);
        permute().gatherRows(arena().toKernels(received), rows.receivedRow(), byExpert, rows.received(), words);
        return byExpert;
    }

    /**
     * Combine: rows in expert order back to rows in sent order, and the void row if there is one.
     *
     * @param byExperts of {@link #rowsOfExperts}
     * @param hooked the same or other rows
     */
    MemorySegment toTokens(MemorySegment byExperts, MoeHook.Rows hooked) {
        if (runtime.size() == 1) {
            return withVoid(byExperts, hooked);
        }
        long rowBytes = hooked.rowBytes();
        int words = words(rowBytes);
        long receivedBytes = rows.received() * rowBytes;
        MemorySegment received = arena().mirror(runtime.exchange().staging(receivedBytes));
        permute().scatterRows(hooked.data(), rows.receivedRow(), received, rows.received(), words);
        MemorySegment sent = arena().hostBytes((rows.sent() + voidRows) * rowBytes);
        sent.asSlice(rows.sent() * rowBytes).fill((byte) 0);
        MemorySegment toSent = sent.asSlice(0, rows.sent() * rowBytes);
        way.exchange(staged(received, receivedBytes), (s, t) -> rows.rows(t, s), toSent, rowBytes);
        return arena().toKernels(sent);
    }

    /**
     * Rows that came back and that hooks may have replaced, with the void row.
     *
     * @param back of {@link #toTokens}
     * @param hooked the same or other rows
     */
    MemorySegment withVoid(MemorySegment back, MoeHook.Rows hooked) {
        if (hooked.data().equals(back) || voidRows == 0) {
            return hooked.data();
        }
        MemorySegment copy = arena().bytes((rows.sent() + voidRows) * hooked.rowBytes());
        arena().copy(hooked.data(), copy, hooked.bytes());
        return withZeroes(copy, rows.sent(), hooked.rowBytes());
    }

    private MemorySegment withZeroes(MemorySegment buffer, int count, long rowBytes) {
        if (voidRows > 0) {
            MemorySegment zeroes = arena().hostBytes(rowBytes);
            zeroes.fill((byte) 0);
            arena().copy(arena().toKernels(zeroes), buffer.asSlice(count * rowBytes), rowBytes);
        }
        return buffer;
    }

    /** The rows in the host memory from which peers take them. */
    private MemorySegment staged(MemorySegment fromKernels, long bytes) {
        MemorySegment staging = runtime.exchange().staging(bytes);
        runtime.kernels().memory().copyOut(fromKernels, staging, bytes);
        return staging;
    }

    /** Elements of 4 bytes of a row. */
    private int words(long rowBytes) {
        if (rowBytes % Integer.BYTES != 0) {
            throw new IllegalArgumentException("token exchange of " + runtime.size() + " ranks: rows of " + rowBytes
                    + " bytes, allowed are multiples of " + Integer.BYTES);
        }
        return Math.toIntExact(rowBytes / Integer.BYTES);
    }

    private StepArena arena() {
        return runtime.arena();
    }

    private PermuteKernel permute() {
        return runtime.kernels().permute();
    }
}
