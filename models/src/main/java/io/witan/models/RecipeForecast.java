package io.witan.models;

import io.witan.models.gpt.GptMoeConfig;
import io.witan.models.gpt.GptMoeTensors;
import io.witan.runtime.layer.TransformerBlock;
import io.witan.runtime.memory.MemoryParts;
import io.witan.runtime.memory.MemoryPlan;
import io.witan.runtime.memory.StepRoom;
import io.witan.runtime.state.ParameterSpec;
import io.witan.scheduler.cost.LayerCost;
import io.witan.scheduler.cost.LayerTime;
import io.witan.scheduler.cost.LayerTimeModel;
import io.witan.scheduler.cost.LinkSpeed;
import io.witan.scheduler.placement.OwnerPlacement;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.PolicySettings;
import io.witan.scheduler.policy.ReshardInput;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.policy.StepPlacement;
import io.witan.scheduler.policy.catalogue.NamedPolicy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** What a run of a recipe will need, by policy, before it runs: memory of a rank by part, and the time of a step. */
public final class RecipeForecast {
    private static final int RANK_ROW_UNITS = 1 << 20;
    /** Rows that a rank has to expect over the even share, as loads are never quite as predicted. */
    private static final double UNPREDICTED = 1.2;

    private final Recipe recipe;
    private final Topology topology;
    private final StepCalibration.Result measured;
    private final LinkSpeed speed;
    private final Assumptions assumptions;
    private final long denseBytes;
    private final LayerCost cost;

    /**
     * What is not measured.
     *
     * @param skew Zipf exponent of the loads; the hottest experts come first, on the first ranks
     * @param startUpNs of an operation between ranks
     * @param ringBytes of a rank
     */
    public record Assumptions(double skew, long startUpNs, long ringBytes) {}

    /**
     * @param policy name
     * @param memory of the rank that needs most
     * @param layerBytes of it, what each layer adds
     * @param stepNs of a step
     * @param keeps by layer
     * @param copies most copies of a layer that a rank holds, by layer
     */
    public record Forecast(
            NamedPolicy policy, MemoryParts memory, long[] layerBytes, long stepNs, boolean[] keeps, int[] copies) {}

    public RecipeForecast(
            Recipe recipe,
            Topology topology,
            StepCalibration.Result measured,
            LinkSpeed speed,
            Assumptions assumptions) {
        this.recipe = recipe;
        this.topology = topology;
        this.measured = measured;
        this.speed = speed;
        this.assumptions = assumptions;
        this.denseBytes = GptMoeTensors.declare(recipe.model(), recipe.vocabularySize()).stream()
                        .filter(spec -> !spec.isExpert())
                        .mapToLong(ParameterSpec::count)
                        .sum()
                * Float.BYTES;
        this.cost = cost();
    }

    private long tokensPerRank() {
        long rows = Math.ceilDiv(recipe.train().rowsPerMicroBatch(), topology.rankCount());
        return rows * recipe.model().seqLen();
    }

    private LayerCost cost() {
        GptMoeConfig model = recipe.model();
        long expertBytes = model.moe().expertLayout().chunkBytes();
        long assignments = tokensPerRank() * model.topK();
        return new LayerCost(
                expertBytes,
                3 * expertBytes,
                (long) model.dModel() * Float.BYTES,
                measured.expertsNs() * 1000 / 3 / Math.max(1, assignments),
                measured.attentionNs() / 3,
                topology.rankCount() == 1 ? 0 : assumptions.startUpNs,
                speed);
    }

    /** One policy, with the recipe's t and m. */
    public Forecast of(NamedPolicy policy) {
        GptMoeConfig model = recipe.model();
        int layers = model.layers();
        long assignments = tokensPerRank() * model.topK() * topology.rankCount();
        PlacementPolicy decides = policy.create(settings(policy, assignments));
        long[] load = load();
        StepPlacement placed = place(decides, load);
        long stepNs = measured.baseNs() + allReduceNs();
        int[] copies = new int[layers];
        long received = 0;
        for (int l = 0; l < layers; l++) {
            Placement wide = after(decides, l, placed.wide().get(l), load);
            LayerTimeModel times = decides.slicesExperts()
                    ? LayerTimeModel.ofSlices(topology, cost)
                    : LayerTimeModel.ofWholeExperts(topology, cost);
            LayerTime time = times.expected(wide, load, assignments);
            stepNs += measured.attentionNs() + (placed.keeps()[l] ? time.keptNs() : time.releasedNs());
            copies[l] = Arrays.stream(wide.copiesByRank()).max().orElse(0);
            long busiest =
                    cost.forwardPsPerAssignment() == 0 ? 0 : time.computeNs() * 1000 / cost.forwardPsPerAssignment();
            received =
                    Math.max(received, Math.max(busiest, Math.round(UNPREDICTED * assignments / topology.rankCount())));
        }
        stepNs *= recipe.train().accumulation();
        return forecast(policy, decides.slicesExperts(), placed.keeps(), copies, received, stepNs);
    }

    private Forecast forecast(
            NamedPolicy policy, boolean slices, boolean[] keeps, int[] copies, long received, long stepNs) {
        GptMoeConfig model = recipe.model();
        StepRoom.Batch batch = batch(received);
        int kept = 0;
        for (boolean keep : keeps) {
            kept += keep ? 1 : 0;
        }
        int most = Arrays.stream(copies).max().orElse(0);
        boolean inPlace = topology.nodeCount() == 1 && !slices && topology.rankCount() > 1;
        MemoryPlan.Layout layout = new MemoryPlan.Layout(
                denseBytes,
                cost.expertBytes(),
                OwnerPlacement.slots(model.layers(), model.experts(), topology.rankCount())[0],
                recipe.checkpoint().vault() ? 2 : 1,
                model.layers(),
                most,
                Math.max(1, kept),
                topology.rankCount(0),
                inPlace);
        long activations = StepRoom.bytes(batch);
        MemoryParts parts = MemoryPlan.parts(
                layout,
                batch,
                activations,
                new MemoryPlan.Measured(measured.scratchBytes(), measured.jvmBytes(), assumptions.ringBytes));
        long own = (long) layout.ownedExperts() * cost.expertBytes() / model.layers();
        long[] layerBytes = new long[model.layers()];
        Arrays.fill(layerBytes, own * (3L * layout.stateSlots() + 1) + activations / model.layers());
        return new Forecast(policy, parts, layerBytes, stepNs, keeps, copies);
    }

    private StepRoom.Batch batch(long received) {
        GptMoeConfig model = recipe.model();
        return new StepRoom.Batch(
                tokensPerRank(),
                received,
                topology.rankCount(),
                model.layers(),
                model.dModel(),
                model.heads(),
                model.dFf(),
                model.experts(),
                model.topK(),
                model.activation().matrices(),
                recipe.vocabularySize(),
                model.recompute() == TransformerBlock.Recompute.BLOCK);
    }

    private long[] load() {
        long[] load = new long[recipe.model().experts()];
        for (int e = 0; e < load.length; e++) {
            load[e] = Math.max(1, Math.round(RANK_ROW_UNITS / Math.pow(e + 1, assumptions.skew)));
        }
        return load;
    }

    private StepPlacement place(PlacementPolicy decides, long[] load) {
        GptMoeConfig model = recipe.model();
        List<Placement> owners = new ArrayList<>();
        long[][] loads = new long[model.layers()][];
        Arrays.fill(loads, load);
        int[][] even = OwnerPlacement.even(model.layers(), model.experts(), topology.rankCount());
        // A step at which every policy that changes owners looks.
        long step = Math.max(1, recipe.parallel().reshardInterval());
        for (int[] owner : decides.reshard(new ReshardInput(step, even, loads, step))) {
            owners.add(Placement.ofOwners(owner, topology.rankCount()));
        }
        return decides.place(new StepInput(1, owners, List.of(), loads));
    }

    private Placement after(PlacementPolicy decides, int layer, Placement wide, long[] load) {
        if (!decides.decidesAfterGate()) {
            return wide;
        }
        long sum = Arrays.stream(load).sum();
        long each = tokensPerRank() * recipe.model().topK();
        int[] row = Arrays.stream(load)
                .mapToInt(share -> Math.toIntExact(share * each / sum))
                .toArray();
        int[][] counts = new int[topology.rankCount()][];
        Arrays.fill(counts, row);
        return decides.afterGate(layer, wide, wide, counts);
    }

    private long allReduceNs() {
        int ranks = topology.rankCount();
        double bytes = 2.0 * denseBytes * (ranks - 1) / ranks;
        return Math.round(bytes / speed.bottleneckBytesPerSecond(topology) * 1e9);
    }

    /** With the recipe's t and m; what it leaves open: t by the costs, m so that t copies fit. */
    private PolicySettings settings(NamedPolicy policy, long assignments) {
        int layers = recipe.model().layers();
        PolicySettings byCosts = PolicySettings.of(topology, Collections.nCopies(layers, cost), assignments);
        ParallelConfig parallel = recipe.parallel();
        int degree = Math.min(
                recipe.model().experts(),
                parallel.overlapDegree().orElse(byCosts.overlapDegree().getFirst()));
        return byCosts.withOverlapDegree(degree)
                .withMemoryPool(parallel.memoryCapacity().orElse(degree) * layers)
                .withMicroBatches(recipe.train().accumulation())
                .withPlanner(parallel.planner())
                .withCalibration(parallel.calibration())
                .withReshardInterval(
                        policy == NamedPolicy.EXCHANGE
                                ? Math.max(1, parallel.reshardInterval())
                                : parallel.reshardInterval())
                .withRetention(parallel.rematerialise().retention());
    }

    /** t and m that the recipe gives. */
    public String settings() {
        return "t = " + recipe.parallel().overlapDegree() + ", m = "
                + recipe.parallel().memoryCapacity();
    }
}
