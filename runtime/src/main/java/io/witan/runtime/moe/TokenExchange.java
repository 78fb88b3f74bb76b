package io.witan.runtime.moe;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.kernels.PermuteKernel;
import io.witan.runtime.engine.ExchangeMemory.Room;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import java.lang.foreign.MemorySegment;

/**
 * Dispatch and combine of one pass: moves rows between the rank that has the token and the rank that has the expert, in one or more messages, so
 * that some rows travel while experts compute others. With one rank, sent order is expert order and nothing moves. Where tokens
 * have fewer rows than others, rows that they are made of are followed by the void row, which is zero: that is what a dropped assignment points at.
 */
final class TokenExchange {
    private final RankRuntime runtime;
    private final TokenDispatcher.Direction direction;
    private final TokenRows rows;
    private final int voidRows;
    private final RowExchange.Transit[] dispatched;
    private final RowExchange.Transit[] combined;

    private long dispatchedBytes;
    /** [m] as received, in host memory. */
    private MemorySegment arrived;
    /** [m] in expert order. */
    private MemorySegment byExpert;

    /** What {@link #rowsOfExperts} gave. */
    private MemorySegment ofExperts;

    private long combinedBytes;
    private MemorySegment returning;
    /** [n] and the void row. */
    private MemorySegment back;

    /**
     * @param direction between ranks
     * @param hasVoid whether rows of tokens end in the void row
     * @param messages that all rows are cut into; divides their pieces
     */
    TokenExchange(
            RankRuntime runtime, TokenDispatcher.Direction direction, TokenRows rows, boolean hasVoid, int messages) {
        this.runtime = runtime;
        this.direction = direction;
        this.rows = rows;
        this.voidRows = hasVoid ? 1 : 0;
        this.dispatched = new RowExchange.Transit[messages];
        this.combined = new RowExchange.Transit[messages];
    }

    /** Where to put the rows [n, D] that {@link #dispatch} sends: valid until they have come, or in the arena if nothing moves. */
    MemorySegment rowsToSend(long rowBytes) {
        long bytes = (direction.rows() + voidRows) * rowBytes;
        return isAlone()
                ? arena().bytes(bytes)
                : arena().mirror(runtime.exchange().staging(Room.TOKENS, bytes));
    }

    /** Where experts put the rows [m, D] that {@link #combine} returns; in the arena. */
    MemorySegment rowsOfExperts(long rowBytes) {
        ofExperts = isAlone()
                ? withZeroes(arena().bytes((rows.received() + voidRows) * rowBytes), rows.received(), rowBytes)
                : arena().bytes(rows.received() * rowBytes);
        return ofExperts;
    }

    /** Starts to send rows in sent order, whose length must be a multiple of 4 if there are several ranks. */
    void dispatch(MoeHook.Rows sent) {
        dispatchedBytes = sent.rowBytes();
        if (isAlone()) {
            byExpert = sent.data();
            return;
        }
        requireWords(dispatchedBytes);
        arrived = arena().hostBytes(rows.received() * dispatchedBytes);
        byExpert = arena().bytes(rows.received() * dispatchedBytes);
        MemorySegment from = runtime.exchange().staging(Room.TOKENS, direction.rows() * dispatchedBytes);
        runtime.kernels().memory().copyOut(sent.data(), from, direction.rows() * dispatchedBytes);
        for (int message = 0; message < dispatched.length; message++) {
            dispatched[message] = direction.dispatch(from, pieces(message), arrived, dispatchedBytes);
        }
    }

    /** Sends rows on that take several hops, as far as nothing has to be waited for. Does not block. */
    void poll() {
        poll(dispatched);
        poll(combined);
    }

    private static void poll(RowExchange.Transit[] transits) {
        for (RowExchange.Transit transit : transits) {
            if (transit != null) {
                transit.poll();
            }
        }
    }

    /** False if {@link #await} of the piece would wait. Does not block; after {@link #poll}. */
    boolean isReady(int piece) {
        return isAlone() || dispatched[piece / piecesPerMessage()].isReady();
    }

    /** Waits for the rows of a piece, which are asked for in order. */
    void await(int piece) {
        if (isAlone() || piece % piecesPerMessage() > 0) {
            return;
        }
        dispatched[piece / piecesPerMessage()].await();
    }

    /** The rows of a piece, after {@link #await}: in expert order, as long as they were sent. */
    MoeHook.Rows arrived(int piece) {
        int count = rows.pieceRows(piece);
        MemorySegment own = slice(byExpert, piece, dispatchedBytes);
        if (!isAlone()) {
            permute().gatherRows(arena().toKernels(arrived), rowsOf(piece), own, count, words(dispatchedBytes));
        }
        return new MoeHook.Rows(own, count, dispatchedBytes, piece);
    }

    /** Takes the rows of a piece, which are given in order, and starts to return them once a message is full. */
    void combine(MoeHook.Rows computed) {
        if (combinedBytes == 0) {
            beginToCombine(computed.rowBytes());
        }
        if (isAlone()) {
            back = withVoid(ofExperts, computed);
            return;
        }
        MemorySegment room = arena().mirror(returning);
        permute().scatterRows(computed.data(), rowsOf(computed.piece()), room, computed.count(), words(combinedBytes));
        runtime.kernels().memory().copyOut(room, returning, returning.byteSize());
        if ((computed.piece() + 1) % piecesPerMessage() == 0) {
            int message = computed.piece() / piecesPerMessage();
            combined[message] = direction.combine(
                    returning, pieces(message), back.asSlice(0, direction.rows() * combinedBytes), combinedBytes);
        }
        poll();
    }

    /** Bytes of a row that comes back. */
    long combinedBytes() {
        return combinedBytes;
    }

    private void beginToCombine(long rowBytes) {
        combinedBytes = rowBytes;
        if (isAlone()) {
            return;
        }
        requireWords(rowBytes);
        // What was sent may still be on its way, unless it came in one message.
        Room room = dispatched.length == 1 ? Room.TOKENS : Room.EXPERTS;
        returning = runtime.exchange().staging(room, rows.received() * rowBytes);
        back = arena().hostBytes((direction.rows() + voidRows) * rowBytes);
        back.asSlice(direction.rows() * rowBytes).fill((byte) 0);
    }

    /** Sends the rows that come back on, where they take several hops, but does not wait for the last one. */
    void advance() {
        if (!isAlone()) {
            combined[combined.length - 1].advance();
        }
    }

    /** Waits for the rows that come back, in sent order, and the void row if there is one. */
    MemorySegment back() {
        if (isAlone()) {
            return back;
        }
        for (RowExchange.Transit transit : combined) {
            transit.await();
        }
        return arena().toKernels(back);
    }

    /**
     * Rows that came back and that hooks may have replaced, with the void row.
     *
     * @param had rows with the void row
     * @param hooked the same or other rows
     */
    MemorySegment withVoid(MemorySegment had, MoeHook.Rows hooked) {
        if (hooked.data().equals(had) || voidRows == 0) {
            return hooked.data();
        }
        MemorySegment copy = arena().bytes((direction.rows() + voidRows) * hooked.rowBytes());
        arena().copy(hooked.data(), copy, hooked.bytes());
        return withZeroes(copy, direction.rows(), hooked.rowBytes());
    }

    private MemorySegment withZeroes(MemorySegment buffer, int count, long rowBytes) {
        if (voidRows > 0) {
            MemorySegment zeroes = arena().hostBytes(rowBytes);
            zeroes.fill((byte) 0);
            arena().copy(arena().toKernels(zeroes), buffer.asSlice(count * rowBytes), rowBytes);
        }
        return buffer;
    }

    private TokenDispatcher.Pieces pieces(int message) {
        int from = message * piecesPerMessage();
        return new TokenDispatcher.Pieces(from, from + piecesPerMessage());
    }

    private int piecesPerMessage() {
        return rows.pieces() / dispatched.length;
    }

    /** The rows of a piece among rows in expert order; with a single piece all, and what follows them. */
    MemorySegment slice(MemorySegment inExpertOrder, int piece, long rowBytes) {
        return rows.pieces() == 1
                ? inExpertOrder
                : inExpertOrder.asSlice(rows.pieceFrom(piece) * rowBytes, rows.pieceRows(piece) * rowBytes);
    }

    private MemorySegment rowsOf(int piece) {
        return direction
                .receivedRow()
                .asSlice(
                        (long) rows.pieceFrom(piece) * JAVA_INT.byteSize(),
                        (long) rows.pieceRows(piece) * JAVA_INT.byteSize());
    }

    private void requireWords(long rowBytes) {
        if (rowBytes % Integer.BYTES != 0) {
            throw new IllegalArgumentException("token exchange of " + runtime.size() + " ranks: rows of " + rowBytes
                    + " bytes, allowed are multiples of " + Integer.BYTES);
        }
    }

    /** Elements of 4 bytes of a row. */
    private static int words(long rowBytes) {
        return Math.toIntExact(rowBytes / Integer.BYTES);
    }

    private boolean isAlone() {
        return runtime.size() == 1;
    }

    private StepArena arena() {
        return runtime.arena();
    }

    private PermuteKernel permute() {
        return runtime.kernels().permute();
    }
}
