package io.witan.scheduler.simulate.fsmoe;

import io.witan.scheduler.lanes.Contention;
import io.witan.scheduler.pipeline.MoeWork;

/**
 * FSMoE, and FSMoE with all communication on one lane. Gradients fill the dense window; the rest goes into the experts' pipeline, whose
 * degree is chosen with it. Left out: its code's shortcuts (degree 1 for short all-to-alls, spreading gradients anew when none are left
 * over).
 */
final class FsmoeSchedule implements Schedule {
    private final boolean oneLane;
    private final LayerTimes forward;
    private final LayerTimes backward;
    private final Contention contention;

    FsmoeSchedule(MoeSystem system, LayerTimes forward, LayerTimes backward, Contention contention) {
        this.oneLane = system == MoeSystem.FSMOE_ONE_LANE;
        this.forward = forward;
        this.backward = backward;
        this.contention = contention;
    }

    @Override
    public double forwardMs() {
        return forward.denseMs() + expertsMs(forward.moe(), 0);
    }

    @Override
    public double backwardMs() {
        LayerTimes.Gradient gradient = backward.gradient();
        double window = oneLane ? backward.attention().ms() : backward.denseMs();
        double units = Math.min(gradient.units(), gradient.allReduce().sizeIn(window));
        double inDense = gradient.allReduce().msIfAny(units);
        double inExperts = gradient.allReduce().msIfAny(gradient.units() - units);
        return expertsMs(backward.moe(), inExperts)
                + PublishedModel.dense(backward, inDense, oneLane)
                        .run(contention)
                        .makespanMs();
    }

    @Override
    public double backwardAloneMs() {
        return backward.denseMs() + expertsMs(backward.moe(), 0);
    }

    @Override
    public double lastGradientsMs() {
        return backward.gradient().ms();
    }

    private double expertsMs(MoeWork work, double gradientMs) {
        int degree = PublishedModel.degree(candidate -> PublishedModel.ms(work, candidate, gradientMs, oneLane));
        return PublishedModel.experts(work, degree, gradientMs, oneLane)
                .run(contention)
                .makespanMs();
    }
}
