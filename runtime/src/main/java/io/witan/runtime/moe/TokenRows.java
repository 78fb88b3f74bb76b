package io.witan.runtime.moe;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.scheduler.plan.DispatchPlan;
import java.lang.foreign.MemorySegment;

/**
 * Where each assignment goes. Sent rows lie by target rank, then expert, then token; received rows by source rank, then
 * expert; expert rows by expert, then source rank. A dropped assignment points at the row after the last one.
 */
public final class TokenRows {
    private final int rank;
    private final int tokens;
    private final int sent;
    private final int received;
    private final DispatchPlan plan;
    private final int[] sendRows;
    private final int[] receiveRows;
    private final int[] expertOffsets;
    private final MemorySegment sendToken;
    private final MemorySegment position;
    private final MemorySegment receivedRow;

    TokenRows(RankRuntime runtime, DispatchPlan plan, Routed routed) {
        StepArena arena = runtime.arena();
        this.rank = runtime.rank();
        this.tokens = routed.tokens();
        int ranks = plan.rankCount();
        int experts = plan.expertCount();
        int assignments = tokens * routed.choices();
        this.plan = plan;
        this.sendRows = new int[ranks];
        this.receiveRows = new int[ranks];
        int leaving = 0;
        int arriving = 0;
        for (int r = 0; r < ranks; r++) {
            sendRows[r] = plan.rows(rank, r);
            receiveRows[r] = plan.rows(r, rank);
            leaving += sendRows[r];
            arriving += receiveRows[r];
        }
        this.sent = leaving;
        this.received = arriving;
        this.expertOffsets = new int[experts + 1];
        MemorySegment sendTokens = arena.hostInts(sent);
        MemorySegment positions = arena.hostInts(assignments);
        MemorySegment receivedRows = arena.hostInts(received);
        MemorySegment byExpert = arena.ints(assignments);
        int keys = routed.mayDrop() ? experts + 1 : experts;
        int[] first = new int[keys + 1];
        runtime.kernels().permute().sort(routed.expert(), assignments, keys, first, byExpert);
        MemorySegment sorted = arena.toHost(byExpert);
        for (int i = first[experts]; i < assignments; i++) {
            positions.setAtIndex(JAVA_INT, sorted.getAtIndex(JAVA_INT, i), sent);
        }
        orderSent(plan, sorted, first, routed.choices(), sendTokens, positions);
        orderReceived(plan, receivedRows);
        this.sendToken = arena.toKernels(sendTokens);
        this.position = arena.toKernels(positions);
        this.receivedRow = arena.toKernels(receivedRows);
    }

    /** @param next next[e] = first assignment of expert e in byExpert; used up */
    private void orderSent(
            DispatchPlan plan,
            MemorySegment byExpert,
            int[] next,
            int topK,
            MemorySegment sendTokens,
            MemorySegment positions) {
        int row = 0;
        for (int target = 0; target < plan.rankCount(); target++) {
            for (int e = 0; e < plan.expertCount(); e++) {
                int share = plan.counts()[rank][e][target];
                for (int i = 0; i < share; i++) {
                    int assignment = byExpert.getAtIndex(JAVA_INT, next[e]++);
                    sendTokens.setAtIndex(JAVA_INT, row, assignment / topK);
                    positions.setAtIndex(JAVA_INT, assignment, row++);
                }
            }
        }
    }

    private void orderReceived(DispatchPlan plan, MemorySegment receivedRows) {
        int ranks = plan.rankCount();
        int experts = plan.expertCount();
        int[] next = new int[ranks];
        for (int s = 1; s < ranks; s++) {
            next[s] = next[s - 1] + receiveRows[s - 1];
        }
        int row = 0;
        for (int e = 0; e < experts; e++) {
            expertOffsets[e] = row;
            for (int s = 0; s < ranks; s++) {
                for (int i = plan.counts()[s][e][rank]; i > 0; i--) {
                    receivedRows.setAtIndex(JAVA_INT, row++, next[s]++);
                }
            }
        }
        expertOffsets[experts] = row;
    }

    /** T: tokens of this rank that were assigned. */
    public int tokens() {
        return tokens;
    }

    /** n: assignments of this rank's tokens that are not dropped. */
    public int sent() {
        return sent;
    }

    /** m: assignments computed here. */
    int received() {
        return received;
    }

    /** Rows that go from one rank to another. */
    int rows(int source, int target) {
        if (source == rank) {
            return sendRows[target];
        }
        return target == rank ? receiveRows[source] : plan.rows(source, target);
    }

    /** E + 1 row numbers of the expert order. */
    int[] expertOffsets() {
        return expertOffsets;
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
    MemorySegment receivedRow() {
        return receivedRow;
    }
}
