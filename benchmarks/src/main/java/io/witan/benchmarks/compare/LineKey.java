package io.witan.benchmarks.compare;

import java.util.Comparator;

/** What makes rows of two sides comparable. Ordered as the report lists them. */
record LineKey(int ranks, String op, long bytes, boolean inPlace) implements Comparable<LineKey> {
    private static final Comparator<LineKey> ORDER = Comparator.comparingInt(LineKey::ranks)
            .thenComparing(LineKey::op)
            .thenComparingLong(LineKey::bytes)
            .thenComparing(LineKey::inPlace);

    @Override
    public int compareTo(LineKey other) {
        return ORDER.compare(this, other);
    }

    String io() {
        return inPlace ? "in" : "out";
    }
}
