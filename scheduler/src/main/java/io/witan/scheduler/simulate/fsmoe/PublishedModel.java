package io.witan.scheduler.simulate.fsmoe;

import io.witan.scheduler.lanes.Contention;
import io.witan.scheduler.lanes.Lane;
import io.witan.scheduler.lanes.LaneGraph;
import io.witan.scheduler.pipeline.ChunkTimes;
import io.witan.scheduler.pipeline.MoeWork;
import io.witan.scheduler.pipeline.PipelineTime;
import java.util.function.IntToDoubleFunction;

/** What the published systems plan with: degrees 1, 2, 4, 8, and lanes that don't disturb each other. */
final class PublishedModel {
    private static final int[] DEGREES = {1, 2, 4, 8};

    private PublishedModel() {}

    static int degree(IntToDoubleFunction ms) {
        int best = 1;
        double least = Double.POSITIVE_INFINITY;
        for (int candidate : DEGREES) {
            double candidateMs = ms.applyAsDouble(candidate);
            if (candidateMs < least) {
                least = candidateMs;
                best = candidate;
            }
        }
        return best;
    }

    static double ms(MoeWork work, int degree, double gradientMs, boolean oneLane) {
        return oneLane
                ? experts(work, degree, gradientMs, true).run(Contention.NONE).makespanMs()
                : PipelineTime.idealMs(work.chunk(degree), gradientMs);
    }

    static LaneGraph experts(MoeWork work, int degree, double gradientMs, boolean oneLane) {
        ChunkTimes chunk = work.chunk(degree);
        return oneLane ? PipelineTime.oneLaneGraph(chunk, gradientMs) : PipelineTime.graph(chunk, gradientMs);
    }

    /** Dense backward with an all-reduce: on one lane between gather and scatter, else from the start on. */
    static LaneGraph dense(LayerTimes backward, double gradientMs, boolean oneLane) {
        LaneGraph graph = new LaneGraph();
        Lane inside = oneLane ? Lane.INTER_NODE : Lane.INTRA_NODE;
        int order = graph.addInOrder(Lane.COMPUTE, backward.orderMs());
        int gather = graph.addInOrder(inside, backward.gatherMs(), order);
        graph.addInOrder(Lane.INTER_NODE, gradientMs);
        int attention = graph.addInOrder(Lane.COMPUTE, backward.attention().ms(), gather);
        graph.addInOrder(inside, backward.scatterMs(), attention);
        return graph;
    }
}
