package io.witan.runtime.moe;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.scheduler.plan.DispatchPlan;
import java.lang.foreign.MemorySegment;

/**
 * Where each assignment goes. Sent rows lie by target rank, then expert, then token; received rows by source rank, then
 * expert; expert rows by expert, then source rank.
 */
final class TokenOrder {
    private final int rank;
    private final int sent;
    private final int received;
    private final int[] sendRows;
    private final int[] receiveRows;
    private final int[] expertOffsets;
    private final MemorySegment sendToken;
    private final MemorySegment position;
    private final MemorySegment receivedRow;

    /**
     * @param expert [T, K] int32: chosen experts
     * @param tokens T
     */
    TokenOrder(RankRuntime runtime, DispatchPlan plan, MemorySegment expert, int tokens, int topK) {
        StepArena arena = runtime.arena();
        this.rank = runtime.rank();
        int ranks = plan.rankCount();
        int experts = plan.expertCount();
        this.sent = tokens * topK;
        this.sendRows = new int[ranks];
        this.receiveRows = new int[ranks];
        int total = 0;
        for (int r = 0; r < ranks; r++) {
            sendRows[r] = plan.rows(rank, r);
            receiveRows[r] = plan.rows(r, rank);
            total += receiveRows[r];
        }
        this.received = total;
        this.expertOffsets = new int[experts + 1];
        MemorySegment sendTokens = arena.hostInts(sent);
        MemorySegment positions = arena.hostInts(sent);
        MemorySegment receivedRows = arena.hostInts(received);
        MemorySegment byExpert = arena.ints(sent);
        int[] first = new int[experts + 1];
        runtime.kernels().permute().sort(expert, sent, experts, first, byExpert);
        orderSent(plan, arena.toHost(byExpert), first, topK, sendTokens, positions);
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

    /** n: assignments of this rank's tokens. */
    int sent() {
        return sent;
    }

    /** m: assignments computed here. */
    int received() {
        return received;
    }

    /** Rows for each target rank. */
    int[] sendRows() {
        return sendRows;
    }

    /** Rows from each source rank. */
    int[] receiveRows() {
        return receiveRows;
    }

    /** E + 1 row numbers of the expert order. */
    int[] expertOffsets() {
        return expertOffsets;
    }

    /** [n] int32: token of each sent row. */
    MemorySegment sendToken() {
        return sendToken;
    }

    /** [T, K] int32: sent row of each assignment. */
    MemorySegment position() {
        return position;
    }

    /** [m] int32: received row of each expert row. */
    MemorySegment receivedRow() {
        return receivedRow;
    }
}
