package io.witan.scheduler.pipeline;

import io.witan.scheduler.lanes.Contention;
import io.witan.scheduler.lanes.Lane;
import io.witan.scheduler.lanes.LaneGraph;

/**
 * The time of one MoE layer in the published order of its lanes: between nodes D1..Dr, the gradients' all-reduce, C1..Cr; inside the node
 * AG1..AGr, RS1..RSr; experts E1..Er. What experts defer is begun where they would wait for a chunk, a chunk's at once, and after the last. This
 * is the ground truth that degrees are chosen by.
 */
public final class PipelineTime {
    private PipelineTime() {}

    /**
     * On lanes that don't disturb each other.
     *
     * @param chunk times with a whole degree
     * @param gradientMs all-reduce that is placed in the layer, 0 for none
     */
    public static double idealMs(ChunkTimes chunk, double gradientMs) {
        int degree = wholeDegree(chunk);
        double dispatched = 0;
        double gathered = 0;
        double[] computed = new double[degree];
        double expert = 0;
        int deferred = 0;
        for (int i = 0; i < degree; i++) {
            dispatched += chunk.allToAllMs();
            gathered = Math.max(gathered, dispatched) + chunk.allGatherMs();
            for (; deferred > 0 && expert < gathered; deferred--) {
                expert += chunk.deferredMs();
            }
            expert = Math.max(expert, gathered) + chunk.expertMs();
            computed[i] = expert;
            deferred += chunk.deferredMs() > 0 ? 1 : 0;
        }
        double scattered = gathered;
        double combined = dispatched + gradientMs;
        for (int i = 0; i < degree; i++) {
            scattered = Math.max(scattered, computed[i]) + chunk.reduceScatterMs();
            combined = Math.max(combined, scattered) + chunk.allToAllMs();
        }
        return Math.max(combined, expert + deferred * chunk.deferredMs());
    }

    /** As {@link #idealMs}, on lanes that slow each other down. */
    public static double ms(ChunkTimes chunk, double gradientMs, Contention contention) {
        return contention.isNone()
                ? idealMs(chunk, gradientMs)
                : graph(chunk, gradientMs).run(contention).makespanMs();
    }

    /** The layer's tasks in the published order of each lane. */
    public static LaneGraph graph(ChunkTimes chunk, double gradientMs) {
        int degree = wholeDegree(chunk);
        LaneGraph graph = new LaneGraph();
        int[] experts = new int[degree];
        int[] gathers = new int[degree];
        for (int i = 0; i < degree; i++) {
            int dispatch = graph.addInOrder(Lane.INTER_NODE, chunk.allToAllMs());
            gathers[i] = graph.addInOrder(Lane.INTRA_NODE, chunk.allGatherMs(), dispatch);
        }
        if (gradientMs > 0) {
            graph.addInOrder(Lane.INTER_NODE, gradientMs);
        }
        for (int i = 0; i < degree; i++) {
            experts[i] = graph.addInOrder(Lane.COMPUTE, chunk.expertMs(), gathers[i]);
        }
        for (int i = 0; i < degree && chunk.deferredMs() > 0; i++) {
            graph.add(Lane.COMPUTE, chunk.deferredMs(), 1, experts[i]);
        }
        for (int i = 0; i < degree; i++) {
            int scatter = graph.addInOrder(Lane.INTRA_NODE, chunk.reduceScatterMs(), experts[i]);
            graph.addInOrder(Lane.INTER_NODE, chunk.allToAllMs(), scatter);
        }
        return graph;
    }

    /**
     * As {@link #graph}, but with a single lane for all communication, as PipeMoE has it: dispatch and gather of a chunk go as one,
     * scatter and combine too, and nothing is deferred.
     */
    public static LaneGraph oneLaneGraph(ChunkTimes chunk, double gradientMs) {
        int degree = wholeDegree(chunk);
        LaneGraph graph = new LaneGraph();
        int[] arrivals = new int[degree];
        for (int i = 0; i < degree; i++) {
            arrivals[i] = graph.addInOrder(Lane.INTER_NODE, chunk.allToAllMs() + chunk.allGatherMs());
        }
        if (gradientMs > 0) {
            graph.addInOrder(Lane.INTER_NODE, gradientMs);
        }
        int[] experts = new int[degree];
        for (int i = 0; i < degree; i++) {
            experts[i] = graph.addInOrder(Lane.COMPUTE, chunk.expertMs() + chunk.deferredMs(), arrivals[i]);
        }
        for (int i = 0; i < degree; i++) {
            graph.addInOrder(Lane.INTER_NODE, chunk.reduceScatterMs() + chunk.allToAllMs(), experts[i]);
        }
        return graph;
    }

    /**
     * Time of an all-reduce that costs the layer nothing: how long the network lane idles between its last dispatch and its first
     * combine, and after, without one.
     */
    public static double windowMs(ChunkTimes chunk) {
        return Math.max(0, idealMs(chunk, 0) - 2 * chunk.degree() * chunk.allToAllMs());
    }

    private static int wholeDegree(ChunkTimes chunk) {
        int degree = (int) chunk.degree();
        if (degree != chunk.degree()) {
            throw new IllegalArgumentException(
                    "a layer can't be run in " + chunk.degree() + " chunks; allowed whole degrees");
        }
        return degree;
    }
}
