package io.witan.benchmarks.pieces;

import io.witan.scheduler.fit.LinearTime;
import io.witan.scheduler.gradient.GradientHost;
import io.witan.scheduler.gradient.GradientPlan;
import io.witan.scheduler.gradient.GradientPlanner;
import io.witan.scheduler.gradient.GradientProblem;
import io.witan.scheduler.gradient.GradientSegment;
import io.witan.scheduler.lanes.Contention;
import io.witan.scheduler.pipeline.DegreeChoice;
import io.witan.scheduler.pipeline.DegreeSearch;
import io.witan.scheduler.pipeline.MoeWork;
import java.util.ArrayList;
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

/** Degrees of a layer on lanes that disturb each other, and where a model's gradients travel: once a run, before it begins. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class GradientPlanBenchmark {
    private static final long LAYER_BYTES = 20 << 20;
    private static final int LARGEST_DEGREE = 8;
    private static final double DENSE_MS = 2.5;

    @Param("48")
    int layers;

    private MoeWork forward;
    private LinearTime allReduce;

    @Setup
    public void setUp() {
        forward = new MoeWork(part(0.175, 1.2), part(0.032, 0.7), part(0.1, 0.9), part(0.039, 0.7));
        allReduce = new LinearTime(0.084, 1.5e-7);
    }

    private static MoeWork.Part part(double startUpMs, double wholeMs) {
        return new MoeWork.Part(new LinearTime(startUpMs, 1), wholeMs);
    }

    @Benchmark
    public DegreeChoice degree() {
        return DegreeSearch.best(forward, 0, DegreeSearch.upTo(LARGEST_DEGREE), Contention.uniform(0.2));
    }

    @Benchmark
    public GradientPlan model() {
        GradientHost experts = new GradientHost.Moe(forward.backward(), LARGEST_DEGREE);
        GradientHost dense = new GradientHost.Dense(DENSE_MS);
        List<GradientSegment> segments = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            segments.add(new GradientSegment(experts, layer == 0 ? 0 : LAYER_BYTES));
            segments.add(new GradientSegment(dense, 0));
        }
        return GradientPlanner.plan(new GradientProblem(segments, allReduce));
    }
}
