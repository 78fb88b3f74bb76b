package io.witan.runtime.moe.exchange.deduplicated;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.collectives.Parts;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.moe.TokenDispatcher.Pieces;
import io.witan.runtime.moe.TokenRows;
import java.lang.foreign.MemorySegment;

/**
 * What a rank spreads in its node, and sums up on the way back: U merged rows by source, and the r rows that they stand for, which lie by
 * target of the node, then piece and source.
 */
final class RelayedRows {
    private final Relays relays;
    private final Entries entries;
    private final int choices;
    private final MergedRows[] ofSource;
    /** [source] first merged row; in the last place all. */
    private final int[] mergedFrom;
    /** [target of the node][piece] first row; in the last place the end. */
    private final int[][] rowFrom;

    private final MemorySegment merged;
    private final MemorySegment place;
    private final Weighted asTheyCome;
    private final MemorySegment identity;
    private final Weighted asTheyAreAnswered;

    /**
     * Rows of each merged row, in memory of the kernels.
     *
     * @param position [U, K] int32, r for none
     * @param weight [U, K], 0 for none
     */
    record Weighted(MemorySegment position, MemorySegment weight) {
        Weighted slice(int first, int count, int choices) {
            long at = (long) first * choices * Integer.BYTES;
            long bytes = (long) count * choices * Integer.BYTES;
            return new Weighted(position.asSlice(at, bytes), weight.asSlice(at, bytes));
        }
    }

    /**
     * @param choices K
     * @param said by sources of their rows: merged row, int32, and weight, fp32; in host memory
     */
    RelayedRows(Way way, TokenRows rows, Entries entries, int choices, MemorySegment said) {
        StepArena arena = way.runtime().arena();
        this.relays = way.relays();
        this.entries = entries;
        this.choices = choices;
        int[] sources = relays.sources();
        this.ofSource = new MergedRows[sources.length];
        this.mergedFrom = new int[sources.length + 1];
        for (int s = 0; s < sources.length; s++) {
            int[] numbers = new int[entries.relayedFrom(s + 1) - entries.relayedFrom(s)];
            for (int row = 0; row < numbers.length; row++) {
                numbers[row] = said.getAtIndex(JAVA_INT, 2L * (entries.relayedFrom(s) + row));
            }
            ofSource[s] = new MergedRows(MergedRows.begin(rows, relays, sources[s], relays.node()), numbers);
            mergedFrom[s + 1] = mergedFrom[s] + ofSource[s].count();
        }
        this.rowFrom = new int[relays.neighbours()][rows.pieces() + 1];
        this.merged = arena.hostInts(rows());
        this.place = arena.hostInts(rows());
        Weighted host = new Weighted(arena.hostInts(places()), arena.hostBytes((long) places() * Float.BYTES));
        new Layout(host, said).addAll();
        this.asTheyCome = toKernels(arena, host);
        this.asTheyAreAnswered = toKernels(arena, answered(arena, host));
        MemorySegment numbers = arena.hostInts(count());
        for (int i = 0; i < count(); i++) {
            numbers.setAtIndex(JAVA_INT, i, i);
        }
        this.identity = arena.toKernels(numbers);
    }

    /** Gives rows their places, by target, piece and source. */
    private final class Layout {
        private final Weighted host;
        private final MemorySegment said;
        private final int[] used = new int[count()];
        private int next;

        Layout(Weighted host, MemorySegment said) {
            this.host = host;
            this.said = said;
            for (int i = 0; i < places(); i++) {
                host.position.setAtIndex(JAVA_INT, i, rows());
            }
            host.weight.fill((byte) 0);
        }

        void addAll() {
            for (int target = 0; target < rowFrom.length; target++) {
                for (int piece = 0; piece + 1 < rowFrom[target].length; piece++) {
                    rowFrom[target][piece] = next;
                    add(target, piece);
                }
                rowFrom[target][rowFrom[target].length - 1] = next;
            }
        }

        private void add(int target, int piece) {
            for (int s = 0; s < ofSource.length; s++) {
                for (int row = ofSource[s].begin(target, piece); row < ofSource[s].begin(target, piece + 1); row++) {
                    add(mergedFrom[s] + ofSource[s].merged(row), (long) entries.relayedFrom(s) + row);
                }
            }
        }

        private void add(int of, long entry) {
            int at = of * choices + used[of]++;
            merged.setAtIndex(JAVA_INT, next, of);
            place.setAtIndex(JAVA_INT, entry, at);
            host.weight.setAtIndex(JAVA_FLOAT, at, said.getAtIndex(JAVA_FLOAT, 2 * entry + 1));
            host.position.setAtIndex(JAVA_INT, at, next++);
        }
    }

    private Weighted answered(StepArena arena, Weighted host) {
        Weighted sorted = new Weighted(arena.hostInts(places()), arena.hostBytes((long) places() * Float.BYTES));
        long bytes = (long) choices * Integer.BYTES;
        for (int s = 0; s < ofSource.length; s++) {
            for (int number = 0; number < ofSource[s].count(); number++) {
                long from = (mergedFrom[s] + ofSource[s].answer(number)) * bytes;
                long to = (mergedFrom[s] + number) * bytes;
                MemorySegment.copy(host.position, from, sorted.position, to, bytes);
                MemorySegment.copy(host.weight, from, sorted.weight, to, bytes);
            }
        }
        return sorted;
    }

    private static Weighted toKernels(StepArena arena, Weighted host) {
        return new Weighted(arena.toKernels(host.position), arena.toKernels(host.weight));
    }

    private int places() {
        return Math.multiplyExact(count(), choices);
    }

    /** K */
    int choices() {
        return choices;
    }

    /** Number of sources. */
    int sources() {
        return ofSource.length;
    }

    MergedRows ofSource(int source) {
        return ofSource[source];
    }

    /** First merged row of a source. */
    int mergedFrom(int source) {
        return mergedFrom[source];
    }

    /** U */
    int count() {
        return mergedFrom[mergedFrom.length - 1];
    }

    /** r */
    int rows() {
        return entries.relayed();
    }

    /** First row of a piece for a target of the node; of the piece after the last one, the end. */
    int rowFrom(int target, int piece) {
        return rowFrom[target][piece];
    }

    /** Merged rows that come from each source with some pieces. */
    Parts needed(Pieces pieces, long rowBytes) {
        Parts needed = relays.parts();
        int[] sources = relays.sources();
        for (int s = 0; s < sources.length; s++) {
            int begin = ofSource[s].needed(pieces.from());
            int count = ofSource[s].needed(pieces.to()) - begin;
            Relays.set(needed, sources[s], mergedFrom[s] + begin, count, rowBytes);
        }
        return needed;
    }

    /** Answers that go to each source with some pieces, by source. */
    Parts answered(Pieces pieces, long rowBytes) {
        Parts answered = relays.parts();
        int[] sources = relays.sources();
        int next = 0;
        for (int s = 0; s < sources.length; s++) {
            int count = answered(s, pieces);
            Relays.set(answered, sources[s], next, count, rowBytes);
            next += count;
        }
        return answered;
    }

    /** Number of answers to a source with some pieces. */
    int answered(int source, Pieces pieces) {
        return ofSource[source].answered(pieces.to()) - ofSource[source].answered(pieces.from());
    }

    /** Number of answers with some pieces. */
    int answered(Pieces pieces) {
        int count = 0;
        for (int s = 0; s < ofSource.length; s++) {
            count += answered(s, pieces);
        }
        return count;
    }

    /** Rows of some pieces for each rank of the node. */
    Parts byTarget(Pieces pieces, long rowBytes) {
        Parts parts = relays.parts();
        for (int target = 0; target < rowFrom.length; target++) {
            int begin = rowFrom[target][pieces.from()];
            int count = rowFrom[target][pieces.to()] - begin;
            Relays.set(parts, relays.first() + target, begin, count, rowBytes);
        }
        return parts;
    }

    /** [r] int32 in host memory: merged row of each row. */
    MemorySegment merged() {
        return merged;
    }

    /** [r] int32 in host memory: where in [U, K] each row is, as the sources number them. */
    MemorySegment place() {
        return place;
    }

    /** By merged row. */
    Weighted asTheyCome() {
        return asTheyCome;
    }

    /** By answer. */
    Weighted asTheyAreAnswered() {
        return asTheyAreAnswered;
    }

    /** [U] int32 in memory of the kernels: 0, 1, ... */
    MemorySegment identity() {
        return identity;
    }
}
