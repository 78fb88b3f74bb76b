package io.witan.runtime.moe;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.scheduler.plan.DispatchPlan;
import java.lang.foreign.MemorySegment;

/**
 * Where each assignment goes. Rows are cut into pieces, so that some can be on their way while others are computed: of the assignments
 * of each source, expert and target every piece has the same number, but for one. Sent rows lie by target rank, then piece, expert and token;
 * received rows by source rank, then piece and expert; expert rows by piece, then expert and source rank. A dropped assignment points at the
 * row after the last one.
 */
public final class TokenRows {
    private final int rank;
    private final int tokens;
    private final int pieces;
    private final DispatchPlan plan;
    /** [target][piece] first sent row; in the last place the end. */
    private final int[][] sentFrom;
    /** [source][piece] first received row; in the last place the end. */
    private final int[][] receivedFrom;
    /** [piece][expert] first expert row; in the last place the end. */
    private final int[][] expertFrom;

    private final MemorySegment sendToken;
    private final MemorySegment position;
    private final MemorySegment receivedRow;

    TokenRows(RankRuntime runtime, DispatchPlan plan, Routed routed, int pieces) {
        StepArena arena = runtime.arena();
        this.rank = runtime.rank();
        this.tokens = routed.tokens();
        this.pieces = pieces;
        this.plan = plan;
        int ranks = plan.rankCount();
        int experts = plan.expertCount();
        int assignments = tokens * routed.choices();
        this.sentFrom = new int[ranks][];
        this.receivedFrom = new int[ranks][];
        int leaving = 0;
        int arriving = 0;
        for (int r = 0; r < ranks; r++) {
            sentFrom[r] = firstRows(rank, r, leaving);
            receivedFrom[r] = firstRows(r, rank, arriving);
            leaving = sentFrom[r][pieces];
            arriving = receivedFrom[r][pieces];
        }
        this.expertFrom = new int[pieces][experts + 1];
        MemorySegment sendTokens = arena.hostInts(leaving);
        MemorySegment positions = arena.hostInts(assignments);
        MemorySegment receivedRows = arena.hostInts(arriving);
        MemorySegment byExpert = arena.ints(assignments);
        int keys = routed.mayDrop() ? experts + 1 : experts;
        int[] first = new int[keys + 1];
        runtime.kernels().permute().sort(routed.expert(), assignments, keys, first, byExpert);
        MemorySegment sorted = arena.toHost(byExpert);
        for (int i = first[experts]; i < assignments; i++) {
            positions.setAtIndex(JAVA_INT, sorted.getAtIndex(JAVA_INT, i), leaving);
        }
        orderSent(sorted, first, routed.choices(), sendTokens, positions);
        orderReceived(receivedRows);
        this.sendToken = arena.toKernels(sendTokens);
        this.position = arena.toKernels(positions);
        this.receivedRow = arena.toKernels(receivedRows);
    }

    /** Assignments of a source, expert and target in some pieces. Which pieces have one more goes round with expert and target. */
    private int share(int source, int expert, int target, int fromPiece, int toPiece) {
        int all = plan.counts()[source][expert][target];
        if (pieces == 1 || all == 0) {
            return toPiece > fromPiece ? all : 0;
        }
        int turn = (expert + target) % pieces;
        return (int) (((long) all * toPiece + turn) / pieces - ((long) all * fromPiece + turn) / pieces);
    }

    private int[] firstRows(int source, int target, int first) {
        int[] from = new int[pieces + 1];
        from[0] = first;
        for (int piece = 0; piece < pieces; piece++) {
            from[piece + 1] = from[piece] + sum(source, target, piece, piece + 1);
        }
        return from;
    }

    /** @param next next[e] = first assignment of expert e in byExpert; used up */
    private void orderSent(
            MemorySegment byExpert, int[] next, int topK, MemorySegment sendTokens, MemorySegment positions) {
        int row = 0;
        for (int target = 0; target < plan.rankCount(); target++) {
            for (int piece = 0; piece < pieces; piece++) {
                for (int e = 0; e < plan.expertCount(); e++) {
                    for (int i = share(rank, e, target, piece, piece + 1); i > 0; i--) {
                        int assignment = byExpert.getAtIndex(JAVA_INT, next[e]++);
                        sendTokens.setAtIndex(JAVA_INT, row, assignment / topK);
                        positions.setAtIndex(JAVA_INT, assignment, row++);
                    }
                }
            }
        }
    }

    private void orderReceived(MemorySegment receivedRows) {
        int ranks = plan.rankCount();
        int experts = plan.expertCount();
        int[] next = new int[ranks];
        for (int s = 0; s < ranks; s++) {
            next[s] = receivedFrom[s][0];
        }
        int row = 0;
        for (int piece = 0; piece < pieces; piece++) {
            for (int e = 0; e < experts; e++) {
                expertFrom[piece][e] = row;
                for (int s = 0; s < ranks; s++) {
                    for (int i = share(s, e, rank, piece, piece + 1); i > 0; i--) {
                        receivedRows.setAtIndex(JAVA_INT, row++, next[s]++);
                    }
                }
            }
            expertFrom[piece][experts] = row;
        }
    }

    /** T: tokens of this rank that were assigned. */
    public int tokens() {
        return tokens;
    }

    /** n: assignments of this rank's tokens that are not dropped. */
    public int sent() {
        return sentFrom[sentFrom.length - 1][pieces];
    }

    /** m: assignments computed here. */
    public int received() {
        return receivedFrom[receivedFrom.length - 1][pieces];
    }

    /** Pieces that rows are cut into. */
    public int pieces() {
        return pieces;
    }

    /** First expert row of a piece. */
    int pieceFrom(int piece) {
        return expertFrom[piece][0];
    }

    /** Expert rows of a piece. */
    int pieceRows(int piece) {
        return expertFrom[piece][plan.expertCount()] - expertFrom[piece][0];
    }

    /** E + 1 row numbers of a piece, from its first row. */
    int[] expertOffsets(int piece) {
        int[] offsets = expertFrom[piece].clone();
        for (int e = offsets.length - 1; e >= 0; e--) {
            offsets[e] -= offsets[0];
        }
        return offsets;
    }

    /** Rows of some pieces that go from one rank to another. */
    public int rows(int source, int target, int fromPiece, int toPiece) {
        if (source == rank) {
            return sentFrom[target][toPiece] - sentFrom[target][fromPiece];
        }
        if (target == rank) {
            return receivedFrom[source][toPiece] - receivedFrom[source][fromPiece];
        }
        return sum(source, target, fromPiece, toPiece);
    }

    private int sum(int source, int target, int fromPiece, int toPiece) {
        int rows = 0;
        for (int e = 0; e < plan.expertCount(); e++) {
            rows += share(source, e, target, fromPiece, toPiece);
        }
        return rows;
    }

    /** First sent row of a piece for a rank. */
    public int sentFrom(int target, int piece) {
        return sentFrom[target][piece];
    }

    /** First received row of a piece from a rank; of the piece after the last one, the end. */
    public int receivedFrom(int source, int piece) {
        return receivedFrom[source][piece];
    }

    /** [n] int32: token of each sent row. */
    public MemorySegment sendToken() {
        return sendToken;
    }

    /** [T, K] int32: sent row of each assignment; n if it is dropped. */
    public MemorySegment position() {
        return position;
    }

    /** [m] int32: received row of each expert row. */
    public MemorySegment receivedRow() {
        return receivedRow;
    }
}
