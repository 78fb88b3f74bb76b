package io.witan.runtime.moe.exchange.deduplicated;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.runtime.engine.StepArena;
import io.witan.runtime.moe.Routed;
import io.witan.runtime.moe.TokenRows;
import io.witan.runtime.moe.exchange.hop.Hop;
import io.witan.runtime.trace.Span;
import java.lang.foreign.MemorySegment;

/** What relays need to make rows of experts from merged rows, which goes ahead: of each row its merged row and its weight. */
final class Announcement {
    /** Of a row: its merged row, int32, and its weight, fp32. */
    private static final int ENTRY_BYTES = Integer.BYTES + Float.BYTES;

    private final Way way;
    private final TokenRows rows;
    private final Entries entries;
    private final int choices;
    private final MemorySegment came;
    private final Hop hop;
    private RelayedRows relayed;

    /** Starts it. */
    Announcement(Way way, TokenRows rows, Routed routed, Entries entries, LeavingRows leaving) {
        StepArena arena = way.runtime().arena();
        this.way = way;
        this.rows = rows;
        this.entries = entries;
        this.choices = routed.choices();
        this.came = arena.hostBytes((long) entries.relayed() * ENTRY_BYTES);
        MemorySegment own = arena.hostBytes((long) rows.sent() * ENTRY_BYTES);
        writeMerged(own, leaving);
        writeWeights(own, routed, arena);
        this.hop = way.hops()
                .between(
                        null,
                        lane -> lane.allToAllV(own, entries.atSource(ENTRY_BYTES), came, entries.atRelay(ENTRY_BYTES)));
    }

    private void writeMerged(MemorySegment own, LeavingRows leaving) {
        for (int node = 0; node < way.relays().nodes(); node++) {
            MergedRows merged = leaving.ofNode(node);
            for (int row = 0; row < merged.rows(); row++) {
                own.setAtIndex(JAVA_INT, 2L * (entries.sentFrom(node) + row), merged.merged(row));
            }
        }
    }

    private void writeWeights(MemorySegment own, Routed routed, StepArena arena) {
        MemorySegment position = arena.toHost(rows.position());
        MemorySegment weight = arena.toHost(routed.weight());
        for (int i = 0; i < rows.tokens() * choices; i++) {
            int row = position.getAtIndex(JAVA_INT, i);
            if (row < rows.sent()) {
                own.setAtIndex(JAVA_FLOAT, 2L * row + 1, weight.getAtIndex(JAVA_FLOAT, i));
            }
        }
    }

    /** What this rank stands for; waits for it at the first call. */
    RelayedRows relayed() {
        if (relayed == null) {
            way.hops().await(hop);
            way.hops().work(Span.RELAY, () -> relayed = new RelayedRows(way, rows, entries, choices, came));
        }
        return relayed;
    }
}
