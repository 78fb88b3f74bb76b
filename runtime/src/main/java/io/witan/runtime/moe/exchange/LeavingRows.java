package io.witan.runtime.moe.exchange;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.moe.TokenRows;
import io.witan.scheduler.plan.Topology;
import java.lang.foreign.MemorySegment;

/** The merged rows of this rank's tokens, by node: one for each token and node that has an expert of it. */
final class LeavingRows {
    private final MergedRows[] ofNode;
    /** [node] first merged row; in the last place all. */
    private final int[] from;

    private final int parts;
    private final MemorySegment token;
    private final MemorySegment position;
    private final MemorySegment answers;

    /** @param choices K */
    LeavingRows(RankRuntime runtime, TokenRows rows, int choices) {
        Topology topology = runtime.topology();
        StepArena arena = runtime.arena();
        int nodes = topology.nodeCount();
        this.ofNode = new MergedRows[nodes];
        this.from = new int[nodes + 1];
        this.parts = Math.min(choices, nodes);
        MemorySegment tokenOfRow = arena.toHost(rows.sendToken());
        for (int node = 0; node < nodes; node++) {
            int first = rows.sentFrom(topology.firstRank(node), 0);
            ofNode[node] = MergedRows.of(
                    MergedRows.begin(rows, topology, runtime.rank(), node),
                    row -> tokenOfRow.getAtIndex(JAVA_INT, first + row),
                    rows.tokens());
            from[node + 1] = from[node] + ofNode[node].count();
        }
        MemorySegment tokens = arena.hostInts(count());
        this.answers = arena.hostInts(count());
        for (int node = 0; node < nodes; node++) {
            MergedRows own = ofNode[node];
            int first = rows.sentFrom(topology.firstRank(node), 0);
            for (int row = 0; row < own.rows(); row++) {
                tokens.setAtIndex(JAVA_INT, from[node] + own.merged(row), tokenOfRow.getAtIndex(JAVA_INT, first + row));
            }
            for (int number = 0; number < own.count(); number++) {
                answers.setAtIndex(JAVA_INT, from[node] + number, from[node] + own.answer(number));
            }
        }
        this.token = arena.toKernels(tokens);
        this.position = arena.toKernels(positions(arena, tokens, rows.tokens()));
    }

    private MemorySegment positions(StepArena arena, MemorySegment tokens, int count) {
        MemorySegment positions = arena.hostInts((long) count * parts);
        for (int i = 0; i < count * parts; i++) {
            positions.setAtIndex(JAVA_INT, i, count());
        }
        int[] used = new int[count];
        for (int row = 0; row < count(); row++) {
            int of = tokens.getAtIndex(JAVA_INT, row);
            positions.setAtIndex(JAVA_INT, (long) of * parts + used[of]++, row);
        }
        return positions;
    }

    MergedRows ofNode(int node) {
        return ofNode[node];
    }

    /** First merged row for a node. */
    int from(int node) {
        return from[node];
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

    /** [u] int32 in host memory: merged row of each answer, by node. */
    MemorySegment answers() {
        return answers;
    }
}
