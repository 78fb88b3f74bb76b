package io.witan.benchmarks.collectives;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The operations that can be timed, and what their bandwidth counts (docs/measuring.md). */
public enum BenchOp {
    BARRIER(false, false),
    BROADCAST(false, false),
    ALL_REDUCE(true, true),
    ALL_GATHER(true, true),
    ALL_GATHERV(true, true),
    REDUCE_SCATTER(true, false),
    ALL_TO_ALL(true, false),
    ALL_TO_ALLV(true, false),
    SPARSE_ALL_GATHER(false, false),
    SPARSE_REDUCE_SCATTER(false, false);

    private final boolean outOfPlace;
    private final boolean bothWays;

    BenchOp(boolean outOfPlace, boolean bothWays) {
        this.outOfPlace = outOfPlace;
        this.bothWays = bothWays;
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
        return outOfPlace;
    }

    /** Whether it can also run in place. */
    boolean hasBothWays() {
        return bothWays;
    }

    boolean isSparse() {
        return this == SPARSE_ALL_GATHER || this == SPARSE_REDUCE_SCATTER;
    }

    /** Whether parts may differ in length. */
    boolean isVariable() {
        return this == ALL_GATHERV || this == ALL_TO_ALLV;
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
            case BROADCAST -> 1;
            case ALL_REDUCE -> 2 * others;
            case ALL_GATHER, ALL_GATHERV, REDUCE_SCATTER, ALL_TO_ALL, ALL_TO_ALLV -> others;
            case SPARSE_ALL_GATHER, SPARSE_REDUCE_SCATTER -> others * materialised;
        };
    }
}
