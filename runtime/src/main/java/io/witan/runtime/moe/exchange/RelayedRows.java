package io.witan.runtime.moe.exchange;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.engine.StepArena;
import io.witan.runtime.moe.TokenRows;
import java.lang.foreign.MemorySegment;

/**
 * What a rank spreads in its node, and sums up on the way back: U merged rows by source, and the r rows that they stand for, which lie by
 * target of the node, then piece and source.
 */
final class RelayedRows {
    /** Bytes of what a source says of a row: its merged row, int32, and its weight, fp32. */
    static final int ENTRY_BYTES = Integer.BYTES + Float.BYTES;

    private final int choices;
    private final MergedRows[] ofSource;
    /** [source] first merged row; in the last place all. */
    private final int[] mergedFrom;
    /** [source] first row as the sources number them, one after the other; in the last place all. */
    private final int[] entryFrom;
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
     * @param sources whose rows come here
     * @param choices K
     * @param entries what they say of their rows, in host memory
     */
    RelayedRows(RankRuntime runtime, TokenRows rows, int[] sources, int choices, MemorySegment entries) {
        StepArena arena = runtime.arena();
        int node = runtime.topology().nodeOf(runtime.rank());
        this.choices = choices;
        this.ofSource = new MergedRows[sources.length];
        this.mergedFrom = new int[sources.length + 1];
        this.entryFrom = new int[sources.length + 1];
        for (int s = 0; s < sources.length; s++) {
            int[][] begin = MergedRows.begin(rows, runtime.topology(), sources[s], node);
            int[] numbers = new int[MergedRows.rows(begin)];
            for (int row = 0; row < numbers.length; row++) {
                numbers[row] = entries.getAtIndex(JAVA_INT, 2L * (entryFrom[s] + row));
            }
            ofSource[s] = new MergedRows(begin, numbers);
            mergedFrom[s + 1] = mergedFrom[s] + ofSource[s].count();
            entryFrom[s + 1] = entryFrom[s] + numbers.length;
        }
        this.rowFrom = new int[runtime.topology().rankCount(node)][rows.pieces() + 1];
        this.merged = arena.hostInts(rows());
        this.place = arena.hostInts(rows());
        Weighted host = new Weighted(arena.hostInts(places()), arena.hostBytes((long) places() * Float.BYTES));
        new Layout(host, entries).addAll();
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
        private final MemorySegment entries;
        private final int[] used = new int[count()];
        private int next;

        Layout(Weighted host, MemorySegment entries) {
            this.host = host;
            this.entries = entries;
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
                    add(mergedFrom[s] + ofSource[s].merged(row), (long) entryFrom[s] + row);
                }
            }
        }

        private void add(int of, long entry) {
            int at = of * choices + used[of]++;
            merged.setAtIndex(JAVA_INT, next, of);
            place.setAtIndex(JAVA_INT, entry, at);
            host.weight.setAtIndex(JAVA_FLOAT, at, entries.getAtIndex(JAVA_FLOAT, 2 * entry + 1));
            host.position.setAtIndex(JAVA_INT, at, next++);
        }
    }

    private Weighted answered(StepArena arena, Weighted host) {
        Weighted sorted = new Weighted(arena.hostInts(places()), arena.hostBytes((long) places() * Float.BYTES));
        for (int s = 0; s < ofSource.length; s++) {
            for (int number = 0; number < ofSource[s].count(); number++) {
                Weighted from = host.slice(mergedFrom[s] + ofSource[s].answer(number), 1, choices);
                Weighted to = sorted.slice(mergedFrom[s] + number, 1, choices);
                to.position.copyFrom(from.position);
                to.weight.copyFrom(from.weight);
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

    /** First of a source's rows, of which the sources' follow one another. */
    int entryFrom(int source) {
        return entryFrom[source];
    }

    /** U */
    int count() {
        return mergedFrom[mergedFrom.length - 1];
    }

    /** r */
    int rows() {
        return entryFrom[entryFrom.length - 1];
    }

    /** First row of a piece for a target of the node; of the piece after the last one, the end. */
    int rowFrom(int target, int piece) {
        return rowFrom[target][piece];
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
