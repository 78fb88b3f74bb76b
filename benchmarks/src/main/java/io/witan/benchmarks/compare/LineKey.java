package io.witan.benchmarks.compare;

import java.util.Comparator;
import java.util.Set;

/** What makes rows of two sides comparable. Ordered as the report lists them. */
record LineKey(int ranks, String op, long bytes, boolean inPlace) implements Comparable<LineKey> {
    private static final Comparator<LineKey> ORDER = Comparator.comparingInt(LineKey::ranks)
            .thenComparing(LineKey::op)
            .thenComparingLong(LineKey::bytes)
            .thenComparing(LineKey::inPlace);

    private static final Set<String> ONLY_OUT_OF_PLACE = Set.of("reduce_scatter", "all_to_all");

    /** Whether Witan has the operation there: some are out of place by design, which rivals have in place too. */
    boolean isOffered() {
        return !(inPlace && ONLY_OUT_OF_PLACE.contains(op));
    }

    @Override
    public int compareTo(LineKey other) {
        return ORDER.compare(this, other);
    }

    String io() {
        return inPlace ? "in" : "out";
    }
}
