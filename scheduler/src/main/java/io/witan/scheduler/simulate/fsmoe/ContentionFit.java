package io.witan.scheduler.simulate.fsmoe;

import io.witan.scheduler.lanes.Contention;

/**
 * The one number that tells how much lanes slow each other down: the same for all pairs and both testbeds, so that FSMoE on GPT2-XL on testbed B
 * is as much faster than DS-MoE as the paper's Table 6 says of the GShard gate. Table 2 has no overlapped times, so it can't
 * tell; the means that the simulation predicts aren't used.
 */
public final class ContentionFit {
    /** Table 6, GShard gate, ms an iteration. */
    static final double DEEPSPEED_MS = 968.1;

    static final double FSMOE_MS = 707.7;
    private static final int HALVINGS = 50;

    private ContentionFit() {}

    /** By bisection between none and as slow as one after the other. */
    public static Contention fit() {
        double low = 0;
        double high = 1;
        for (int i = 0; i < HALVINGS; i++) {
            double middle = (low + high) / 2;
            if (ratio(Contention.uniform(middle)) > DEEPSPEED_MS / FSMOE_MS) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return Contention.uniform((low + high) / 2);
    }

    /** The model of Table 6. */
    static SimulatedModel model() {
        return SimulatedModel.gpt2Xl(Testbed.b());
    }

    static double ratio(Contention contention) {
        SimulatedModel model = model();
        return model.ms(MoeSystem.DEEPSPEED, contention) / model.ms(MoeSystem.FSMOE, contention);
    }
}
