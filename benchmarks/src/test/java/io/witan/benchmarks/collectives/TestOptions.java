package io.witan.benchmarks.collectives;

import io.witan.collectives.DataPath;
import io.witan.collectives.Idle;
import java.util.List;

/** Options of small runs. */
final class TestOptions {
    private TestOptions() {}

    /** One line of 256 B, half of four experts copied. */
    static BenchOptions of(BenchOp op, BenchType type, int ranks) {
        return of(op, type, ranks, BenchLane.PARAMETERS);
    }

    static BenchOptions of(BenchOp op, BenchType type, int ranks, BenchLane lane) {
        return new BenchOptions(
                List.of(op),
                type,
                ranks,
                List.of(256L),
                new BenchOptions.Timing(1, true, 0, 1),
                new BenchOptions.Shape(1, 0.5, 4),
                lane,
                Idle.BACKOFF,
                DataPath.AERON,
                0,
                false,
                true,
                false,
                false,
                3,
                0);
    }
}
