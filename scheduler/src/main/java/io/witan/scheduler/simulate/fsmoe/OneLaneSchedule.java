package io.witan.scheduler.simulate.fsmoe;

import io.witan.scheduler.lanes.Contention;
import io.witan.scheduler.lanes.Lane;
import io.witan.scheduler.lanes.LaneGraph;
import io.witan.scheduler.pipeline.MoeWork;
import io.witan.scheduler.pipeline.PipelineTime;

/** Tutel with PipeMoE, and its two variants that hide gradients. One degree for both directions. */
final class OneLaneSchedule implements Schedule {
    private static final double LINA_SLICE_BYTES = 30e6;
    private static final int WHENEVER = 1000;

    private final MoeSystem system;
    private final LayerTimes forward;
    private final LayerTimes backward;
    private final Contention contention;
    private final int degree;

    OneLaneSchedule(MoeSystem system, LayerTimes forward, LayerTimes backward, Contention contention) {
        this.system = system;
        this.forward = forward;
        this.backward = backward;
        this.contention = contention;
        this.degree = PublishedModel.degree(
                candidate -> planned(forward.moe(), candidate) + planned(backward.moe(), candidate));
    }

    private static double planned(MoeWork work, int degree) {
        return PublishedModel.ms(work, degree, 0, true);
    }

    @Override
    public double forwardMs() {
        return forward.denseMs() + run(PipelineTime.oneLaneGraph(forward.moe().chunk(degree), 0));
    }

    @Override
    public double backwardMs() {
        return switch (system) {
            case TUTEL -> backwardAloneMs() + lastGradientsMs();
            case TUTEL_IMPROVED ->
                expertsMs()
                        + run(PublishedModel.dense(backward, backward.gradient().ms(), true));
            case LINA -> run(slices());
            default -> throw new IllegalArgumentException(system + " doesn't run on one lane with one degree");
        };
    }

    @Override
    public double backwardAloneMs() {
        return expertsMs() + backward.denseMs();
    }

    @Override
    public double lastGradientsMs() {
        return backward.gradient().ms();
    }

    private double expertsMs() {
        return run(PipelineTime.oneLaneGraph(backward.moe().chunk(degree), 0));
    }

    /** All of backward with slices of gradients that start whenever the one lane is free and nothing else waits for it. */
    private LaneGraph slices() {
        LaneGraph graph = PipelineTime.oneLaneGraph(backward.moe().chunk(degree), 0);
        int order = graph.addInOrder(Lane.COMPUTE, backward.orderMs(), graph.size() - 1);
        int gather = graph.addInOrder(Lane.INTER_NODE, backward.gatherMs(), order);
        int attention = graph.addInOrder(Lane.COMPUTE, backward.attention().ms(), gather);
        graph.addInOrder(Lane.INTER_NODE, backward.scatterMs(), attention);
        LayerTimes.Gradient gradient = backward.gradient();
        double slice = LINA_SLICE_BYTES / gradient.bytesPerUnit();
        for (double left = gradient.units(); left > 0; left -= slice) {
            graph.add(Lane.INTER_NODE, gradient.allReduce().ms(Math.min(slice, left)), WHENEVER);
        }
        return graph;
    }

    private double run(LaneGraph graph) {
        return graph.run(contention).makespanMs();
    }
}
