package io.witan.runtime.moe.exchange.deduplicated;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.collectives.Parts;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.moe.TokenDispatcher.Pieces;
import io.witan.runtime.moe.TokenRows;
import java.lang.foreign.MemorySegment;

/** The m rows of this rank's experts as relays of the node bring them, and take them back: by relay, then piece and source. */
final class ArrivingRows {
    private final Relays relays;
    /** [relay of the node][piece] first row; in the last place the end. */
    private final int[][] from;

    private final MemorySegment receivedRow;

    ArrivingRows(Way way, TokenRows rows) {
        StepArena arena = way.runtime().arena();
        this.relays = way.relays();
        this.from = new int[relays.neighbours()][rows.pieces() + 1];
        // By source, as rows are numbered without relays.
        int[] place = new int[rows.received()];
        int next = 0;
        for (int relay = 0; relay < from.length; relay++) {
            for (int piece = 0; piece < rows.pieces(); piece++) {
                from[relay][piece] = next;
                for (int source : relays.sources(relay)) {
                    int end = rows.receivedFrom(source, piece + 1);
                    for (int row = rows.receivedFrom(source, piece); row < end; row++) {
                        place[row] = next++;
                    }
                }
            }
            from[relay][rows.pieces()] = next;
        }
        MemorySegment bySource = arena.toHost(rows.receivedRow());
        MemorySegment byRelay = arena.hostInts(place.length);
        for (int row = 0; row < place.length; row++) {
            byRelay.setAtIndex(JAVA_INT, row, place[bySource.getAtIndex(JAVA_INT, row)]);
        }
        this.receivedRow = arena.toKernels(byRelay);
    }

    /** [m] int32: where each expert row comes. */
    MemorySegment receivedRow() {
        return receivedRow;
    }

    /** Rows of some pieces of each relay of the node. */
    Parts byRelay(Pieces pieces, long rowBytes) {
        Parts parts = relays.parts();
        for (int relay = 0; relay < from.length; relay++) {
            int begin = from[relay][pieces.from()];
            Relays.set(parts, relays.first() + relay, begin, from[relay][pieces.to()] - begin, rowBytes);
        }
        return parts;
    }
}
