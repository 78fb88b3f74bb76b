package io.witan.benchmarks.collectives;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.witan.collectives.DataPath;
import io.witan.collectives.Idle;
import io.witan.collectives.wire.Transport;
import java.util.List;
import java.util.Locale;

/**
 * What to time, alike on all ranks.
 *
 * @param ranks on all nodes
 * @param sizes bytes of each line, ascending
 * @param lane that operations are timed on
 * @param loss share of the datagrams between nodes that is thrown away
 * @param inPlace whether to time in place too where an operation has both ways
 * @param limits whether to measure first what the machine's memory can do
 * @param dense whether to time the operation of a whole layer beside each sparse one
 * @param tokenElements elements of a token; 0: sizes are not shown in tokens
 */
record BenchOptions(
        List<BenchOp> ops,
        BenchType type,
        int ranks,
        List<Long> sizes,
        Timing timing,
        Shape shape,
        BenchLane lane,
        Idle idle,
        DataPath dataPath,
        double loss,
        boolean inPlace,
        boolean check,
        boolean limits,
        boolean dense,
        long seed,
        int tokenElements) {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int MAX_RANKS = 256;
    private static final int MAX_ITERATIONS = 1_000_000;
    private static final int MAX_EXPERTS = 4096;
    private static final long MOST_IN_PLACE = Transport.LARGEST_LOAN_BYTES;

    /**
     * How long to time.
     *
     * @param iterations most timed iterations a line
     * @param fixed exactly {@code iterations}, however long it takes
     * @param warmup untimed iterations a line
     * @param secondsPerLine timed work a line, about
     */
    record Timing(int iterations, boolean fixed, int warmup, double secondsPerLine) {
        Timing {
            within("--iters", iterations, 1, MAX_ITERATIONS);
            within("--warmup", warmup, 0, MAX_ITERATIONS);
            if (!(secondsPerLine > 0 && secondsPerLine <= 3600)) {
                throw new IllegalArgumentException("--seconds-per-line " + secondsPerLine + " is not in (0, 3600]");
            }
        }
    }

    /**
     * How sizes are divided.
     *
     * @param zipf exponent of the parts' lengths in the v operations; 0: equal
     * @param sparsity share of the experts that are copied to all ranks, in (0, 1]
     * @param experts of a layer, in the sparse operations
     */
    record Shape(double zipf, double sparsity, int experts) {
        Shape {
            within("--experts", experts, 1, MAX_EXPERTS);
            if (!(sparsity > 0 && sparsity <= 1)) {
                throw new IllegalArgumentException("--sparsity " + sparsity + " is not in (0, 1]");
            }
            if (!(zipf >= 0 && zipf <= 8)) {
                throw new IllegalArgumentException("--skew zipf:" + zipf + ": the exponent is not in 0..8");
            }
        }

        /** Experts that are copied to all ranks: at least one. */
        int materialised() {
            return Math.max(1, (int) Math.round(sparsity * experts));
        }
    }

    /** @throws IllegalArgumentException which names the flag, the value and what is allowed */
    BenchOptions {
        ops = List.copyOf(ops);
        sizes = List.copyOf(sizes);
        within("ranks in all", ranks, 1, MAX_RANKS);
        within("--tokens", tokenElements, 0, Integer.MAX_VALUE);
        if (!(loss >= 0 && loss < 1)) {
            throw new IllegalArgumentException("--loss " + loss + " is not a share in [0, 1)");
        }
        long largest = sizes.getLast() / shape.experts();
        if (ops.contains(BenchOp.SPARSE_ALL_GATHER_IN_PLACE) && largest > MOST_IN_PLACE) {
            throw new IllegalArgumentException(
                    "--max with --experts " + shape.experts() + ": experts of " + largest + " B; "
                            + BenchOp.SPARSE_ALL_GATHER_IN_PLACE.label() + " takes up to " + MOST_IN_PLACE + " B each");
        }
    }

    String json() {
        try {
            return MAPPER.writeValueAsString(this);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** @throws IllegalArgumentException if it was not made by {@link #json} of the same version */
    static BenchOptions fromJson(String json) {
        try {
            return MAPPER.readValue(json, BenchOptions.class);
        } catch (JsonProcessingException other) {
            throw new IllegalArgumentException("not the options of this version of the benchmark: " + json, other);
        }
    }

    String transportLabel() {
        return dataPath == DataPath.SHARED_MEMORY ? "shared" : "aeron";
    }

    String idleLabel() {
        return idle.name().toLowerCase(Locale.ROOT);
    }

    private static void within(String flag, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(flag + " " + value + " is not in " + least + ".." + most);
        }
    }
}
