package io.witan.models;

import io.witan.models.gpt.GptMoeConfig;
import io.witan.models.gpt.GptMoeTensors;
import io.witan.runtime.config.IntOrAuto;
import io.witan.runtime.memory.FreeMemory;
import io.witan.runtime.memory.MemoryParts;
import io.witan.runtime.profile.MeasuredCosts;
import io.witan.runtime.routing.ExpertPopularity;
import io.witan.runtime.routing.ForcedSkew;
import io.witan.runtime.routing.ZipfPopularity;
import io.witan.runtime.state.ParameterSpec;
import io.witan.scheduler.cost.LayerTime;
import io.witan.scheduler.cost.LayerTimeModel;
import io.witan.scheduler.cost.LinkSpeed;
import io.witan.scheduler.pipeline.PipelineDegrees;
import io.witan.scheduler.plan.Placement;
import io.witan.scheduler.plan.Topology;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.policy.ReshardInput;
import io.witan.scheduler.policy.StepInput;
import io.witan.scheduler.policy.StepPlacement;
import io.witan.scheduler.policy.catalogue.NamedPolicy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What a run of a recipe will need, by policy, before it runs: memory of a rank by part, and the time of a step. Loads are those that the
 * recipe imposes on step 1; where the router chooses they are even.
 */
public final class RecipeForecast {
    /** Loads in whole numbers: as many parts make an expert that every token takes. */
    private static final int LOAD_PARTS = 1 << 20;

    private final Recipe recipe;
    private final Topology topology;
    private final StepCalibration.Result measured;
    private final MeasuredCosts costs;
    private final Rings rings;
    private final RankBatch batch;
    private final int vocabulary;
    private final long denseBytes;
    private final double[][] perSource;

    /**
     * What takes part between ranks, and is not measured by training.
     *
     * @param speed of the links
     * @param startUpNs of an operation between ranks
     * @param bytes of the rings that a rank touches
     */
    public record Rings(LinkSpeed speed, long startUpNs, long bytes) {}

    /**
     * @param memory of the rank that needs most, by parts
     * @param untoldBytes that its process takes and no part has
     * @param layerBytes of the parts, what each layer adds
     * @param stepNs of a step
     * @param keeps by layer
     * @param copies most copies of a layer that a rank holds, by layer
     */
    public record Forecast(
            NamedPolicy policy,
            MemoryParts memory,
            long untoldBytes,
            long[] layerBytes,
            long stepNs,
            boolean[] keeps,
            int[] copies) {
        /** What the kernel will say that the process has in memory. */
        public long residentBytes() {
            return memory.sum() + untoldBytes;
        }
    }

    public RecipeForecast(Recipe recipe, Topology topology, StepCalibration.Result measured, Rings rings) {
        this.recipe = recipe;
        this.topology = topology;
        this.measured = measured;
        this.rings = rings;
        this.batch = new RankBatch(recipe, topology.rankCount(), topology.nodeCount());
        this.vocabulary = recipe.vocabularySize();
        this.denseBytes = GptMoeTensors.declare(recipe.model(), vocabulary).stream()
                        .filter(spec -> !spec.isExpert())
                        .mapToLong(ParameterSpec::count)
                        .sum()
                * Float.BYTES;
        this.costs = costs();
        this.perSource = perSource();
    }

    /** As measured, but no more than a layer adds to a step. */
    private MeasuredCosts costs() {
        double forward = StepCalibration.forwardNs(measured.costs(), batch);
        double scale = measured.microBatch().layer() / Math.max(1, StepCalibration.FORWARD_AND_BACKWARD * forward);
        return new MeasuredCosts(
                Math.round(measured.costs().attentionForwardNs() * scale),
                Math.round(measured.costs().forwardPsPerAssignment() * scale),
                topology.rankCount() == 1 ? 0 : rings.startUpNs,
                rings.speed.intraNodeBytesPerSecond(),
                rings.speed.interNodeBytesPerSecond());
    }

    private double[][] perSource() {
        GptMoeConfig model = recipe.model();
        ExpertPopularity popularity = recipe.imposedRouting()
                .orElse(new ZipfPopularity(
                        new ForcedSkew(0, 0, ForcedSkew.Order.ALIGNED),
                        model.experts(),
                        model.topK(),
                        recipe.train().seed()));
        double[][] assignments = new double[model.layers()][];
        for (int l = 0; l < assignments.length; l++) {
            double[] inclusion = popularity.inclusion(1, l);
            assignments[l] = new double[recipe.moe().shards()];
            Arrays.setAll(
                    assignments[l], shard -> inclusion[shard / recipe.moe().expertSharding()] * batch.tokens());
        }
        return assignments;
    }

    /** One policy, with the recipe's t and m; what it leaves open as a run would find it. */
    public Forecast of(NamedPolicy policy) {
        Recipe under = recipe.with(recipe.parallel().under(policy));
        LayerPolicy settings = new LayerPolicy(
                under,
                new GptFamily(under).moe(),
                topology,
                (long) recipe.model().dModel() * Float.BYTES);
        PlacementPolicy decides = settings.create(found(under, settings));
        List<Placement> owners = owners(decides);
        StepPlacement placed = decides.place(new StepInput(1, owners, List.of(), load()));
        List<Placement> wide = afterGate(placed);
        int[] copies = wide.stream()
                .mapToInt(layer -> Arrays.stream(layer.copiesByRank()).max().orElse(0))
                .toArray();
        StepExperts experts = new StepExperts(under, topology, owners, wide, placed.keeps());
        MemoryForecast memory =
                new MemoryForecast(experts, unpredicted(decides), batch, vocabulary, denseBytes, perSource);
        MemoryParts parts = memory.ofFullestRank(measured.memory(), rings.bytes);
        return new Forecast(
                policy,
                parts,
                measured.memory().difference(),
                memory.layerBytes(parts),
                stepNs(settings.layerTimes(costs), wide, placed.keeps()),
                placed.keeps(),
                copies);
    }

    private ParallelConfig found(Recipe under, LayerPolicy settings) {
        ParallelConfig open = under.parallel();
        int degree = open.overlapDegree().isAuto()
                ? settings.overlapDegree(costs)
                : open.overlapDegree().get();
        int capacity = open.memoryCapacity().isAuto()
                ? new CopyCapacity(under, topology, vocabulary).of(FreeMemory.bytes() / topology.rankCount(0))
                : open.memoryCapacity().get();
        return open.found(
                open.needsCosts() ? Optional.of(costs) : Optional.empty(),
                IntOrAuto.of(degree),
                IntOrAuto.of(capacity),
                open.pipeline(),
                open.gradients());
    }

    /** Owners once a policy that changes them has looked. */
    private List<Placement> owners(PlacementPolicy decides) {
        int[][] even = recipe.owners(topology.rankCount());
        long step = Math.max(1, recipe.parallel().reshardInterval());
        List<Placement> owners = new ArrayList<>();
        for (int[] owner : decides.reshard(new ReshardInput(step, even, load(), step))) {
            owners.add(Placement.ofOwners(owner, topology.rankCount()));
        }
        return owners;
    }

    /** Where experts are in a run's first step. */
    private List<Placement> unpredicted(PlacementPolicy decides) {
        List<Placement> owners = new ArrayList<>();
        for (int[] owner : recipe.owners(topology.rankCount())) {
            owners.add(Placement.ofOwners(owner, topology.rankCount()));
        }
        long[][] unknown = new long[recipe.model().layers()][recipe.moe().shards()];
        return afterGate(decides.place(new StepInput(1, owners, List.of(), unknown)));
    }

    private long[][] load() {
        return Arrays.stream(perSource)
                .map(layer -> Arrays.stream(layer)
                        .mapToLong(count -> Math.round(count / batch.tokens() * LOAD_PARTS))
                        .toArray())
                .toArray(long[][]::new);
    }

    private List<Placement> afterGate(StepPlacement placed) {
        List<Placement> wide = new ArrayList<>(placed.wide());
        placed.afterGate().ifPresent(late -> {
            for (int l = 0; l < wide.size(); l++) {
                wide.set(l, late.widen(l, wide.get(l), wide.get(l), counts(l)));
            }
        });
        return wide;
    }

    private int[][] counts(int layer) {
        int[] row = Arrays.stream(perSource[layer])
                .mapToInt(count -> Math.toIntExact(Math.round(count)))
                .toArray();
        int[][] counts = new int[topology.rankCount()][];
        Arrays.fill(counts, row);
        return counts;
    }

    private long stepNs(LayerTimeModel times, List<Placement> wide, boolean[] keeps) {
        long[][] load = load();
        PipelineSaving saving =
                new PipelineSaving(degrees(), recipe.parallel().pipeline().deferWeightGradients(), costs.startUpNs());
        long microBatchNs = measured.microBatch().rest();
        for (int l = 0; l < wide.size(); l++) {
            LayerTime time = times.expected(wide.get(l), load[l], batch.assignments() * topology.rankCount());
            microBatchNs += StepCalibration.FORWARD_AND_BACKWARD * costs.attentionForwardNs()
                    + (keeps[l] ? time.keptNs() : time.releasedNs())
                    - saving.ns(time);
        }
        return recipe.train().accumulation() * microBatchNs
                + measured.step().rest()
                + wide.size() * measured.step().layer()
                + allReduceNs();
    }

    /** Those that a run would find are not known here. */
    private PipelineDegrees degrees() {
        PipelineConfig pipeline = recipe.parallel().pipeline();
        return pipeline.isAuto() || topology.rankCount() == 1 ? PipelineDegrees.SERIAL : pipeline.degrees();
    }

    private long allReduceNs() {
        int ranks = topology.rankCount();
        double bytes = 2.0 * denseBytes * (ranks - 1) / ranks;
        return Math.round(bytes / rings.speed.bottleneckBytesPerSecond(topology) * 1e9);
    }

    /** The loads, t and m, for people. */
    public String assumptions() {
        String loads = recipe.imposedRouting()
                .map(ExpertPopularity::description)
                .orElse("even, as the router is taken to choose");
        return "loads " + loads + "; t = " + recipe.parallel().overlapDegree() + ", m = "
                + recipe.parallel().memoryCapacity();
    }
}
