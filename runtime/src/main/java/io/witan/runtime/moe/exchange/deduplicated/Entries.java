package io.witan.runtime.moe.exchange.deduplicated;

import io.witan.collectives.Parts;
import io.witan.runtime.moe.TokenRows;

/** What sources and relays say to each other of each row: as many bytes of every one, to the relay in its node, or back. */
final class Entries {
    private final Relays relays;
    /** [node] first of this rank's rows for it; in the last place all. */
    private final int[] sentFrom;
    /** [source] first of the rows that this rank stands for; in the last place all. */
    private final int[] relayedFrom;

    Entries(Relays relays, TokenRows rows) {
        this.relays = relays;
        this.sentFrom = new int[relays.nodes() + 1];
        for (int node = 0; node < relays.nodes(); node++) {
            sentFrom[node] = rows.sentFrom(relays.first(node), 0);
        }
        sentFrom[relays.nodes()] = rows.sent();
        int[] sources = relays.sources();
        this.relayedFrom = new int[sources.length + 1];
        for (int s = 0; s < sources.length; s++) {
            relayedFrom[s + 1] = relayedFrom[s];
            for (int target = 0; target < relays.neighbours(); target++) {
                relayedFrom[s + 1] += rows.rows(sources[s], relays.first() + target, 0, rows.pieces());
            }
        }
    }

    /** First of this rank's rows for a node. */
    int sentFrom(int node) {
        return sentFrom[node];
    }

    /** First of the rows that this rank stands for from a source, of all those; of the source after the last one, r. */
    int relayedFrom(int source) {
        return relayedFrom[source];
    }

    /** r: rows that this rank stands for. */
    int relayed() {
        return relayedFrom[relayedFrom.length - 1];
    }

    /** Of this rank's rows, those that each relay stands for. */
    Parts atSource(long bytes) {
        Parts parts = relays.parts();
        for (int node = 0; node < relays.nodes(); node++) {
            Relays.set(parts, relays.relay(node), sentFrom[node], sentFrom[node + 1] - sentFrom[node], bytes);
        }
        return parts;
    }

    /** Of the rows that this rank stands for, those of each source. */
    Parts atRelay(long bytes) {
        Parts parts = relays.parts();
        int[] sources = relays.sources();
        for (int s = 0; s < sources.length; s++) {
            Relays.set(parts, sources[s], relayedFrom[s], relayedFrom[s + 1] - relayedFrom[s], bytes);
        }
        return parts;
    }
}
