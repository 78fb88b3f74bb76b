package io.witan.benchmarks.pieces;

import io.witan.scheduler.fit.CollectiveLines;
import io.witan.scheduler.fit.LayerProfile;
import io.witan.scheduler.fit.LinearFit;
import io.witan.scheduler.fit.LinearTime;
import io.witan.scheduler.fit.Reach;
import io.witan.scheduler.pipeline.LayerSizes;
import io.witan.scheduler.pipeline.PipelineDegrees;
import io.witan.scheduler.pipeline.PipelinePlanner;
import io.witan.scheduler.plan.Topology;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Pipeline degrees of all layers of a model, each with loads of its own, from a profile: once a run, before it begins. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class PipelinePlanBenchmark {
    private static final long ROW_BYTES = 4096;
    private static final int ASSIGNMENTS = 8192;

    @Param("48")
    int layers;

    /** With it lanes are simulated, without it a recurrence does. */
    @Param({"0", "0.2"})
    double contention;

    private Topology topology;
    private LayerProfile profile;

    @Setup
    public void setUp() {
        topology = Topology.of(8, 8, 8, 8);
        LinearFit none = fit(0, 0);
        profile = new LayerProfile(
                List.of(
                        new CollectiveLines(Reach.ALL, fit(0.2, 1e-7), none, none, none),
                        new CollectiveLines(Reach.IN_NODE, fit(0.05, 1e-8), none, none, none),
                        new CollectiveLines(Reach.BETWEEN_NODES, fit(0.1, 1.2e-7), none, none, none)),
                0,
                fit(0.1, 4e-4),
                fit(0.1, 4e-4),
                fit(0.1, 4e-4),
                contention);
        if (degrees(0).equals(PipelineDegrees.SERIAL)) {
            throw new IllegalStateException("a layer whose exchanges take as long as its experts is not cut");
        }
    }

    private static LinearFit fit(double alphaMs, double betaMs) {
        return new LinearFit(new LinearTime(alphaMs, betaMs), 1, 0, 6);
    }

    private PipelineDegrees degrees(int layer) {
        LayerSizes even = LayerSizes.even(topology, ASSIGNMENTS, ROW_BYTES);
        double stays = 1 - 0.5 * layer / layers;
        return new PipelinePlanner(
                        profile,
                        topology,
                        new LayerSizes(ASSIGNMENTS, ROW_BYTES, stays * even.leavesRank(), stays * even.leavesNode()),
                        true)
                .best();
    }

    @Benchmark
    public int model() {
        int pieces = 0;
        for (int layer = 0; layer < layers; layer++) {
            pieces += degrees(layer).pieces();
        }
        return pieces;
    }
}
