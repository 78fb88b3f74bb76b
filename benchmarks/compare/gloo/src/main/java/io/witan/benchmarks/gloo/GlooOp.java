package io.witan.benchmarks.gloo;

import java.util.Arrays;
import java.util.Locale;

/** The operations that libtorch offers over Gloo, with the names of {@code bin/witan bench collectives}. */
enum GlooOp {
    ALL_GATHER,
    /** There is none for parts of different lengths: an all_gather of parts padded to the longest. */
    ALL_GATHERV,
    REDUCE_SCATTER,
    /** In place only. */
    ALL_REDUCE,
    ALL_TO_ALL,
    ALL_TO_ALLV;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    static GlooOp of(String label) {
        return Arrays.stream(values())
                .filter(op -> op.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("unknown operation \"" + label + "\""));
    }

    boolean isVariable() {
        return this == ALL_GATHERV || this == ALL_TO_ALLV;
    }

    boolean isInPlace() {
        return this == ALL_REDUCE;
    }

    /** Bus bandwidth over algorithm bandwidth, of n ranks. */
    double busFactor(int ranks) {
        double others = (ranks - 1.0) / ranks;
        return this == ALL_REDUCE ? 2 * others : others;
    }

    /** The size in floats: equal parts of whole floats, at least one float a part. */
    long roundedFloats(long bytes, int ranks) {
        long parts = this == ALL_REDUCE ? 1 : ranks;
        return Math.max(parts, bytes / (Float.BYTES * parts) * parts);
    }

    /** Floats of each rank's part; part p weighs 1 / (p + 1)^zipf in the operations that may differ. */
    long[] split(long floats, int ranks, double zipf) {
        double exponent = isVariable() ? zipf : 0;
        double sum = 0;
        for (int p = 0; p < ranks; p++) {
            sum += Math.pow(p + 1, -exponent);
        }
        long[] part = new long[ranks];
        for (int p = 0; p < ranks; p++) {
            part[p] = (long) (floats * Math.pow(p + 1, -exponent) / sum);
        }
        part[0] += floats - Arrays.stream(part).sum();
        return part;
    }
}
