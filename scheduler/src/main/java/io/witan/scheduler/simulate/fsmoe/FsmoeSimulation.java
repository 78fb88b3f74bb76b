package io.witan.scheduler.simulate.fsmoe;

import io.witan.scheduler.lanes.Contention;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The whole evaluation. Immutable.
 *
 * @param contention fitted before, see {@link ContentionFit}
 * @param grids of testbeds A and B
 * @param models in the order of {@link SimulatedModel#all}
 */
public record FsmoeSimulation(Contention contention, List<GridResult> grids, List<ModelResult> models) {
    /** Means over Tutel may be off by this. */
    public static final double POINTS = 0.05;

    /** How much faster than FSMoE our schedule is to be, by mean. */
    public static final double LEAST_GAIN = 1.05;

    private static final List<MoeSystem> IN_ORDER = List.of(
            MoeSystem.TUTEL, MoeSystem.TUTEL_IMPROVED, MoeSystem.FSMOE_ONE_LANE, MoeSystem.FSMOE, MoeSystem.WITAN);

    /**
     * @param layers how many there are
     * @param overTutel mean of Tutel's time over each system's
     */
    public record GridResult(Testbed testbed, int layers, Map<MoeSystem, Double> overTutel) {
        public GridResult {
            overTutel = Map.copyOf(overTutel);
        }
    }

    /**
     * @param iterationMs by system
     */
    public record ModelResult(SimulatedModel model, Map<MoeSystem, Double> iterationMs) {
        public ModelResult {
            iterationMs = Map.copyOf(iterationMs);
        }

        /** How much faster one system is than another. */
        public double speedUp(MoeSystem system, MoeSystem over) {
            return iterationMs.get(over) / iterationMs.get(system);
        }

        /** Whether the contention was fitted to this model, so that its numbers predict nothing. */
        public boolean fitted() {
            return model.equals(ContentionFit.model());
        }
    }

    /**
     * Whether the simulation agrees with the paper in one point.
     *
     * @param what is compared, with the numbers
     * @param passed whether it holds
     */
    public record Verdict(String what, boolean passed) {}

    public FsmoeSimulation {
        grids = List.copyOf(grids);
        models = List.copyOf(models);
    }

    /** Fits the contention and runs everything; seconds on a small machine. */
    public static FsmoeSimulation run() {
        Contention contention = ContentionFit.fit();
        List<GridResult> grids = new ArrayList<>();
        for (Testbed testbed : List.of(Testbed.a(), Testbed.b())) {
            grids.add(new GridResult(
                    testbed, LayerGrid.shapes(testbed).size(), LayerGrid.meansOverTutel(testbed, contention)));
        }
        List<ModelResult> models = new ArrayList<>();
        for (SimulatedModel model : SimulatedModel.all()) {
            Map<MoeSystem, Double> ms = new EnumMap<>(MoeSystem.class);
            for (MoeSystem system : MoeSystem.values()) {
                ms.put(system, model.ms(system, contention));
            }
            models.add(new ModelResult(model, ms));
        }
        return new FsmoeSimulation(contention, grids, models);
    }

    /** Mean over models, without the one that contention was fitted to, of a system's time over FSMoE's. */
    public double fsmoeOver(MoeSystem system) {
        return models.stream()
                .filter(model -> !model.fitted())
                .mapToDouble(model -> model.speedUp(MoeSystem.FSMOE, system))
                .average()
                .orElseThrow();
    }

    /** What is asked of the grids' means: near the paper's, in its order, and our schedule ahead. */
    public List<Verdict> verdicts() {
        List<Verdict> verdicts = new ArrayList<>();
        for (GridResult grid : grids) {
            String name = grid.testbed().name();
            for (MoeSystem system : IN_ORDER) {
                Optional<Double> paper = PaperMeans.overTutel(grid.testbed(), system);
                if (paper.isPresent() && system != MoeSystem.TUTEL) {
                    verdicts.add(
                            near(name + " " + system.label(), grid.overTutel().get(system), paper.get()));
                }
            }
            verdicts.add(new Verdict(name + " each system faster than the one before", ordered(grid.overTutel())));
            double gain =
                    grid.overTutel().get(MoeSystem.WITAN) / grid.overTutel().get(MoeSystem.FSMOE);
            verdicts.add(new Verdict(
                    String.format(Locale.ROOT, "%s Witan %.3f x FSMoE, asked %.2f", name, gain, LEAST_GAIN),
                    gain >= LEAST_GAIN));
        }
        return verdicts;
    }

    private static Verdict near(String name, double mean, double paper) {
        return new Verdict(
                String.format(
                        Locale.ROOT,
                        "%s %.3f, paper %.2f, off by %+.1f points",
                        name,
                        mean,
                        paper,
                        100 * (mean - paper)),
                Math.abs(mean - paper) <= POINTS);
    }

    private static boolean ordered(Map<MoeSystem, Double> means) {
        for (int i = 1; i < IN_ORDER.size(); i++) {
            if (means.get(IN_ORDER.get(i)) <= means.get(IN_ORDER.get(i - 1))) {
                return false;
            }
        }
        return true;
    }
}
