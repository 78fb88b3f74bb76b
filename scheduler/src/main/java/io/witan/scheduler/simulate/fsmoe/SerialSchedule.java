package io.witan.scheduler.simulate.fsmoe;

/** DS-MoE: one operation after another. */
record SerialSchedule(LayerTimes forward, LayerTimes backward) implements Schedule {
    @Override
    public double forwardMs() {
        return forward.denseMs() + forward.moe().chunk(1).serialMs();
    }

    @Override
    public double backwardMs() {
        return backwardAloneMs() + backward.gradient().ms();
    }

    @Override
    public double backwardAloneMs() {
        return backward.denseMs() + backward.moe().chunk(1).serialMs();
    }

    @Override
    public double lastGradientsMs() {
        return backward.gradient().ms();
    }
}
