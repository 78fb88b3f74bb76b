package io.witan.runtime.moe.exchange.deduplicated;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.collectives.Parts;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.moe.TokenDispatcher.Pieces;
import io.witan.runtime.moe.TokenRows;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** The merged rows of this rank's tokens, by node: one for each token and node that has an expert of it. */
final class LeavingRows {
    private final Relays relays;
    private final MergedRows[] ofNode;
    /** [node] first merged row; in the last place all. */
    private final int[] from;

    private final int parts;
    private final MemorySegment token;
    private final MemorySegment position;
    private final MemorySegment answers;

    /** @param choices K */
    LeavingRows(Way way, TokenRows rows, int choices) {
        StepArena arena = way.runtime().arena();
        this.relays = way.relays();
        this.ofNode = new MergedRows[relays.nodes()];
        this.from = new int[relays.nodes() + 1];
        this.parts = Math.min(choices, relays.nodes());
        int[] tokens = merge(rows, arena.toHost(rows.sendToken()));
        MemorySegment hostTokens = arena.hostInts(count());
        MemorySegment.copy(tokens, 0, hostTokens, JAVA_INT, 0, count());
        this.answers = arena.hostInts(count());
        for (int node = 0; node < relays.nodes(); node++) {
            for (int number = 0; number < ofNode[node].count(); number++) {
                answers.setAtIndex(JAVA_INT, from[node] + number, from[node] + ofNode[node].answer(number));
            }
        }
        this.token = arena.toKernels(hostTokens);
        this.position = arena.toKernels(positions(arena, tokens, rows.tokens()));
    }

    /** Numbers merged rows; returns the token of each. */
    private int[] merge(TokenRows rows, MemorySegment tokenOfRow) {
        int[] tokens = new int[rows.sent()];
        int[] latest = new int[rows.tokens()];
        Arrays.fill(latest, -1);
        int next = 0;
        for (int node = 0; node < relays.nodes(); node++) {
            int[][] begin = MergedRows.begin(rows, relays, relays.rank(), node);
            int[] merged = new int[MergedRows.rows(begin)];
            int first = rows.sentFrom(relays.first(node), 0);
            for (int piece = 0; piece < rows.pieces(); piece++) {
                for (int[] ofTarget : begin) {
                    for (int row = ofTarget[piece]; row < ofTarget[piece + 1]; row++) {
                        int of = tokenOfRow.getAtIndex(JAVA_INT, first + row);
                        if (latest[of] < from[node]) {
                            tokens[next] = of;
                            latest[of] = next++;
                        }
                        merged[row] = latest[of] - from[node];
                    }
                }
            }
            ofNode[node] = new MergedRows(begin, merged);
            from[node + 1] = next;
        }
        return tokens;
    }

    private MemorySegment positions(StepArena arena, int[] tokens, int count) {
        MemorySegment positions = arena.hostInts((long) count * parts);
        for (int i = 0; i < count * parts; i++) {
            positions.setAtIndex(JAVA_INT, i, count());
        }
        int[] used = new int[count];
        for (int row = 0; row < count(); row++) {
            int of = tokens[row];
            positions.setAtIndex(JAVA_INT, (long) of * parts + used[of]++, row);
        }
        return positions;
    }

    MergedRows ofNode(int node) {
        return ofNode[node];
    }

    /** u: merged rows for all nodes. */
    int count() {
        return from[from.length - 1];
    }

    /** Most merged rows of a token. */
    int parts() {
        return parts;
    }

    /** [u] int32: token of each merged row. */
    MemorySegment token() {
        return token;
    }

    /** [T, parts] int32: merged rows of each token; u for none. */
    MemorySegment position() {
        return position;
    }

    /** Merged rows that go to each relay with some pieces. */
    Parts needed(Pieces pieces, long rowBytes) {
        Parts needed = relays.parts();
        for (int node = 0; node < ofNode.length; node++) {
            int begin = ofNode[node].needed(pieces.from());
            int count = ofNode[node].needed(pieces.to()) - begin;
            Relays.set(needed, relays.relay(node), from[node] + begin, count, rowBytes);
        }
        return needed;
    }

    /** Answers that come from each relay with some pieces, by node. */
    Parts answered(Pieces pieces, long rowBytes) {
        Parts answered = relays.parts();
        int next = 0;
        for (int node = 0; node < ofNode.length; node++) {
            int count = answered(node, pieces);
            Relays.set(answered, relays.relay(node), next, count, rowBytes);
            next += count;
        }
        return answered;
    }

    /** Number of answers from a node with some pieces. */
    int answered(int node, Pieces pieces) {
        return ofNode[node].answered(pieces.to()) - ofNode[node].answered(pieces.from());
    }

    /** Number of answers with some pieces. */
    int answered(Pieces pieces) {
        int count = 0;
        for (int node = 0; node < ofNode.length; node++) {
            count += answered(node, pieces);
        }
        return count;
    }

    /** [count] int32 in host memory: merged row of each answer from a node, from those of some piece on. */
    MemorySegment answers(int node, int piece) {
        return answers.asSlice((long) (from[node] + ofNode[node].answered(piece)) * JAVA_INT.byteSize());
    }
}
