package io.witan.benchmarks.collectives;

import io.witan.collectives.DataPath;
import io.witan.collectives.Idle;
import java.util.List;

/**
 * What to time, alike on all ranks.
 *
 * @param sizes bytes of each line, ascending
 * @param iterations most timed iterations a line
 * @param fixedIterations exactly {@code iterations}, however long it takes
 * @param warmup untimed iterations a line
 * @param secondsPerLine timed work a line, about
 * @param zipf exponent of the parts' lengths in the v operations; 0: equal
 * @param sparsity share of the experts that are copied to all ranks, in (0, 1]
 * @param inPlace whether to time in place too where an operation has both ways
 * @param tokenFloats floats of a token; 0: sizes are not shown in tokens
 */
record BenchOptions(
        List<BenchOp> ops,
        int ranks,
        List<Long> sizes,
        int iterations,
        boolean fixedIterations,
        int warmup,
        double secondsPerLine,
        double zipf,
        double sparsity,
        int experts,
        boolean check,
        Idle idle,
        DataPath dataPath,
        boolean inPlace,
        long seed,
        int tokenFloats) {
    private static final int MAX_RANKS = 256;
    private static final int MAX_ITERATIONS = 1_000_000;
    private static final int MAX_EXPERTS = 4096;

    /** @throws IllegalArgumentException which names the flag, the value and what is allowed */
    BenchOptions {
        ops = List.copyOf(ops);
        sizes = List.copyOf(sizes);
        within("--ranks", ranks, 1, MAX_RANKS);
        within("--iters", iterations, 1, MAX_ITERATIONS);
        within("--warmup", warmup, 0, MAX_ITERATIONS);
        within("--experts", experts, 1, MAX_EXPERTS);
        within("--tokens", tokenFloats, 0, Integer.MAX_VALUE);
        if (!(secondsPerLine > 0 && secondsPerLine <= 3600)) {
            throw new IllegalArgumentException("--seconds-per-line " + secondsPerLine + " is not in (0, 3600]");
        }
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

    String transportLabel() {
        return dataPath == DataPath.SHARED_MEMORY ? "shared" : "aeron";
    }

    private static void within(String flag, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(flag + " " + value + " is not in " + least + ".." + most);
        }
    }
}
