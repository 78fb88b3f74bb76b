package io.witan.scheduler.simulate.fsmoe;

import java.util.Map;
import java.util.Optional;

/** What the paper reports: mean speed-ups on its grid (Table 5) and on its models (section 6.4). */
public final class PaperMeans {
    private static final Map<MoeSystem, Double> GRID_A = Map.of(
            MoeSystem.TUTEL, 1.0,
            MoeSystem.TUTEL_IMPROVED, 1.09,
            MoeSystem.FSMOE_ONE_LANE, 1.12,
            MoeSystem.FSMOE, 1.18);
    private static final Map<MoeSystem, Double> GRID_B = Map.of(
            MoeSystem.TUTEL, 1.0,
            MoeSystem.TUTEL_IMPROVED, 1.08,
            MoeSystem.FSMOE_ONE_LANE, 1.16,
            MoeSystem.FSMOE, 1.22);
    private static final Map<MoeSystem, Double> MODELS = Map.of(
            MoeSystem.TUTEL, 1.19,
            MoeSystem.TUTEL_IMPROVED, 1.12,
            MoeSystem.LINA, 1.14,
            MoeSystem.FSMOE_ONE_LANE, 1.07);

    private PaperMeans() {}

    /** Mean over the grid of Tutel's time over the system's; nothing where the paper gives none. */
    public static Optional<Double> overTutel(Testbed testbed, MoeSystem system) {
        return Optional.ofNullable((testbed.name().equals("A") ? GRID_A : GRID_B).get(system));
    }

    /** Mean over models of the system's time over FSMoE's; nothing where the paper gives none. */
    public static Optional<Double> fsmoeOver(MoeSystem system) {
        return Optional.ofNullable(MODELS.get(system));
    }
}
