package io.witan.scheduler.simulate.fsmoe;

import io.witan.scheduler.lanes.Contention;

/** Who schedules a layer. All overlap only within a layer; the gradients that travel in its backward are those of the layer before. */
public enum MoeSystem {
    /** Nothing overlaps. */
    DEEPSPEED("DS-MoE"),
    /** Tutel with PipeMoE: all communication on one lane, one degree for both directions, gradients exposed. */
    TUTEL("Tutel"),
    /** The same with gradients under attention's backward. */
    TUTEL_IMPROVED("Tutel-Improved"),
    /** Tutel with gradients in slices of 30 MB that start whenever the lane is free (Lina). */
    LINA("PipeMoE+Lina"),
    /** FSMoE with all communication on one lane. */
    FSMOE_ONE_LANE("FSMoE-No-IIO"),
    /** Lanes between and inside nodes, a degree for each direction, gradients in windows. */
    FSMOE("FSMoE"),
    /** See {@link WitanSchedule}. */
    WITAN("Witan");

    private final String label;

    MoeSystem(String label) {
        this.label = label;
    }

    /** The system's schedule of one layer on a testbed. */
    Schedule schedule(Testbed testbed, LayerShape shape, Contention contention) {
        LayerTimes forward = LayerTimes.forward(testbed, shape);
        LayerTimes backward = LayerTimes.backward(testbed, shape);
        return switch (this) {
            case DEEPSPEED -> new SerialSchedule(forward, backward);
            case TUTEL, TUTEL_IMPROVED, LINA -> new OneLaneSchedule(this, forward, backward, contention);
            case FSMOE_ONE_LANE, FSMOE -> new FsmoeSchedule(this, forward, backward, contention);
            case WITAN -> new WitanSchedule(forward, backward, contention);
        };
    }

    /** The name in tables. */
    public String label() {
        return label;
    }
}
