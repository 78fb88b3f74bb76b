package io.witan.benchmarks.collectives;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The operations that can be timed, and what their bandwidth counts (docs/measuring.md). */
public enum BenchOp {
    BARRIER(Place.IN, false),
    BROADCAST(Place.IN, false),
    REDUCE(Place.IN, true),
    ALL_REDUCE(Place.BOTH, true),
    ALL_GATHER(Place.BOTH, false),
    ALL_GATHERV(Place.BOTH, false),
    REDUCE_SCATTER(Place.OUT, true),
    ALL_TO_ALL(Place.OUT, false),
    ALL_TO_ALLV(Place.OUT, false),
    SPARSE_ALL_GATHER(Place.IN, false),
    /** Chunks of other ranks of the node are read where they are; the others are copied. */
    SPARSE_ALL_GATHER_IN_PLACE(Place.IN, false),
    SPARSE_REDUCE_SCATTER(Place.IN, true);

    private enum Place {
        IN,
        OUT,
        BOTH
    }

    private final Place place;
    private final boolean reduces;

    BenchOp(Place place, boolean reduces) {
        this.place = place;
        this.reduces = reduces;
    }

    /** The name in tables and on the command line: {@code all_gather}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException which lists the names, if there is no such operation */
    static BenchOp of(String label) {
        return Arrays.stream(values())
                .filter(op -> op.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("unknown operation \"" + label + "\"; allowed are all, "
                        + Arrays.stream(values()).map(BenchOp::label).collect(Collectors.joining(", "))));
    }

    /** Whether input and result are apart, unless it is run in place. */
    boolean isOutOfPlace() {
        return place != Place.IN;
    }

    /** Whether it can also run in place. */
    boolean hasBothWays() {
        return place == Place.BOTH;
    }

    /** Whether it adds what ranks give. */
    boolean reduces() {
        return reduces;
    }

    boolean isSparse() {
        return switch (this) {
            case SPARSE_ALL_GATHER, SPARSE_ALL_GATHER_IN_PLACE, SPARSE_REDUCE_SCATTER -> true;
            default -> false;
        };
    }

    /** Whether parts may differ in length. */
    boolean isVariable() {
        return this == ALL_GATHERV || this == ALL_TO_ALLV;
    }

    /** The types that it takes; it moves any bytes, but adds floating-point numbers only. */
    boolean takes(BenchType type) {
        return !reduces || type == BenchType.FP32 || type == BenchType.BF16 && this != SPARSE_REDUCE_SCATTER;
    }

    /** The operation of a whole layer that does what a sparse one does for some of its experts. */
    BenchOp dense() {
        return switch (this) {
            case SPARSE_ALL_GATHER, SPARSE_ALL_GATHER_IN_PLACE -> ALL_GATHER;
            case SPARSE_REDUCE_SCATTER -> REDUCE_SCATTER;
            default -> throw new IllegalArgumentException(this + " is not sparse");
        };
    }

    /**
     * Bus bandwidth over algorithm bandwidth.
     *
     * @param ranks n
     * @param materialised share of the experts that are copied, for the sparse operations
     */
    double busFactor(int ranks, double materialised) {
        double others = (ranks - 1.0) / ranks;
        return switch (this) {
            case BARRIER -> 0;
            case BROADCAST, REDUCE -> 1;
            case ALL_REDUCE -> 2 * others;
            case ALL_GATHER, ALL_GATHERV, REDUCE_SCATTER, ALL_TO_ALL, ALL_TO_ALLV -> others;
            case SPARSE_ALL_GATHER, SPARSE_ALL_GATHER_IN_PLACE, SPARSE_REDUCE_SCATTER -> others * materialised;
        };
    }
}
