package io.witan.models;

import io.witan.collectives.CommunicatorGroup;
import io.witan.models.gpt.GptMoe;
import io.witan.models.gpt.GptMoeConfig;
import io.witan.models.gpt.GptMoeTensors;
import io.witan.runtime.checkpoint.CheckpointStore;
import io.witan.runtime.data.TokenBatch;
import io.witan.runtime.data.TrainingData;
import io.witan.runtime.memory.MemoryReport;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.moe.sharding.ShardInitializer;
import io.witan.runtime.profile.MeasuredCosts;
import io.witan.runtime.routing.DrawnChoice;
import io.witan.runtime.routing.ExpertPopularity;
import io.witan.runtime.state.Initializer;
import io.witan.runtime.state.NormalInitializer;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.ReplayInitializer;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.VaultMemory;
import io.witan.runtime.trace.Timeline;
import io.witan.runtime.train.EngineState;
import io.witan.runtime.train.TrainingCheckpoint;
import io.witan.runtime.train.TrainingLoop;
import io.witan.runtime.train.TrainingObserver;
import io.witan.runtime.train.TrainingPhases;
import io.witan.runtime.train.VaultRecovery;
import io.witan.runtime.vault.ExpertVault;
import io.witan.scheduler.cost.LayerTimeModel;
import io.witan.scheduler.pipeline.PipelineDegrees;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.step.PredictedStep;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** One rank's share of a recipe: data, model, state and the loop over them. */
public final class TrainingRun implements AutoCloseable {
    private static final long REPLAY_SEED = 42;

    private final Recipe recipe;
    private final Settings settings;
    private final RunStorage storage;
    private final TrainingData<TokenBatch> data;
    private final Optional<ExpertPopularity> routing;
    private final ModelInstance instance;
    private final OpenNumbers numbers;
    private TrainingCheckpoint checkpoint;
    private EngineState resumed;
    private boolean finished;

    /**
     * Where a rank runs.
     *
     * @param group this rank's connection; the run closes it
     * @param threads compute threads of this rank
     * @param sharedBytes most that this rank may take of the node's shared memory for what ranks exchange; 0 for none
     * @param out folder of the run, for checkpoints; null to save nothing
     * @param createdBy product and version, for checkpoints
     * @param profiles file of costs that runs on this machine measured, read and written by rank 0; null for none
     * @param timeline takes up what this rank does; on all ranks, with the same steps, or on none
     */
    public record Settings(
            CommunicatorGroup group,
            int threads,
            long sharedBytes,
            Path out,
            String createdBy,
            Path profiles,
            Timeline timeline) {
        /** Without a file of costs and without a timeline. */
        public Settings(CommunicatorGroup group, int threads, long sharedBytes, Path out, String createdBy) {
            this(group, threads, sharedBytes, out, createdBy, null, Timeline.OFF);
        }

        private int rank() {
            return group.lane(0).rank();
        }

        private ModelInstance.Place place(Recipe recipe) {
            return new ModelInstance.Place(
                    group,
                    recipe.parallel().compute(threads),
                    sharedBytes,
                    recipe.parallel().sharding(),
                    new GptMoe.Ways(
                            recipe.parallel().dispatch().rule(),
                            recipe.parallel().allToAll(),
                            recipe.parallel().expertSharding()),
                    recipe.parallel().relaysPerLayer(),
                    recipe.train().seed(),
                    timeline);
        }
    }

    private TrainingRun(Recipe recipe, Settings settings, RunStorage storage, StateMemory.Factory memory) {
        GptMoeConfig config = recipe.model();
        this.recipe = recipe;
        this.settings = settings;
        this.storage = storage;
        this.data = opened(recipe::openData, settings.group());
        this.routing = opened(recipe::imposedRouting, settings.group());
        this.instance = new ModelInstance(config, vocabulary(), settings.place(recipe), memory);
        impose();
        this.numbers = new OpenNumbers(recipe, instance, settings.profiles());
        this.checkpoint =
                new TrainingCheckpoint(instance.runtime(), RunStorage.identity(recipe, data, settings.createdBy()));
    }

    private int vocabulary() {
        return recipe.model().vocabulary(data.vocabularySize());
    }

    private void impose() {
        if (routing.isPresent()) {
            List<MoeLayer> layers = instance.decoder().moeLayers();
            for (int l = 0; l < layers.size(); l++) {
                layers.get(l)
                        .impose(new DrawnChoice(routing.get(), l, recipe.train().seed()));
            }
        }
    }

    /** Finds what the recipe leaves open, and saves it: with the run, and from here on in its checkpoints. */
    private void findNumbers() {
        numbers.find();
        PipelineDegrees degrees = numbers.found().pipeline().degrees();
        boolean defer = recipe.parallel().pipeline().deferWeightGradients();
        instance.decoder().moeLayers().forEach(layer -> {
            layer.pipeline(degrees);
            layer.deferWeightGradients(defer);
        });
        if (settings.out() != null) {
            numbers.save(settings.out());
        }
        checkpoint = new TrainingCheckpoint(
                instance.runtime(), RunStorage.identity(recipe.with(numbers.found()), data, settings.createdBy()));
    }

    /** Leaves the world at once if what a file holds cannot be had, so that no rank waits for this one. */
    private static <T> T opened(Supplier<T> opening, CommunicatorGroup group) {
        try {
            return opening.get();
        } catch (RuntimeException | Error e) {
            group.close();
            throw e;
        }
    }

    /** Opens data and model with the recipe's initial weights. */
    public static TrainingRun open(Recipe recipe, Settings settings) {
        RunStorage storage = new RunStorage(recipe, settings.out());
        TrainingRun run = new TrainingRun(recipe, settings, storage, storage.newMemory(settings.rank()));
        try {
            run.initialize();
            run.findNumbers();
            return run;
        } catch (RuntimeException | Error e) {
            run.close();
            throw e;
        }
    }

    /**
     * As {@link #open}, with the newest state of an earlier run: its vault's if it holds a later step than its last
     * checkpoint and belongs to this output folder and number of ranks, the checkpoint's otherwise.
     *
     * @param from output folder of a run, its checkpoints folder, or one checkpoint
     */
    public static TrainingRun resume(Recipe recipe, Settings settings, Path from) {
        RunStorage storage = new RunStorage(recipe, settings.out());
        List<VaultMemory> opened = new ArrayList<>();
        TrainingRun run =
                new TrainingRun(recipe, settings, storage, storage.memoryOf(from, settings.rank(), opened::add));
        try {
            run.takeUp(from, opened.isEmpty() ? List.of() : opened.getFirst().recovered());
            run.findNumbers();
            return run;
        } catch (RuntimeException | Error e) {
            run.close();
            throw e;
        }
    }

    private void takeUp(Path from, List<ExpertVault.RecoveredStep> whole) {
        Path path = RunStorage.checkpoints(from);
        long saved = Files.isDirectory(path) ? TrainingCheckpoint.newestStep(path) : -1;
        resumed = VaultRecovery.recover(instance.runtime(), instance.state(), whole, saved, checkpoint.identity())
                .orElseGet(() -> checkpoint.load(path, instance.state(), instance.declared()));
        instance.followOwners();
        if (resumed.ranks() == instance.runtime().size()) {
            numbers.takeUp(from);
        }
    }

    private void initialize() {
        Optional<String> from = recipe.checkpoint().initFrom();
        if (from.isEmpty()) {
            instance.state().initialize(cut(initializer()));
            return;
        }
        try (CheckpointInitializer saved = CheckpointInitializer.open(recipe, vocabulary(), Path.of(from.get()))) {
            instance.state().initialize(cut(saved));
        }
    }

    private Initializer initializer() {
        List<ParameterSpec> whole = GptMoeTensors.declare(recipe.model(), vocabulary());
        return switch (recipe.model().init()) {
            case NORMAL -> new NormalInitializer(recipe.train().seed());
            case REPLAY -> new ReplayInitializer(REPLAY_SEED, whole);
        };
    }

    /** For experts as this run cuts them. */
    private Initializer cut(Initializer initializer) {
        List<ParameterSpec> whole = GptMoeTensors.declare(recipe.model(), vocabulary());
        int shards = recipe.parallel().expertSharding();
        return shards == 1 ? initializer : new ShardInitializer(initializer, whole, instance.declared(), shards);
    }

    /** Steps that are complete: 0, or those of the checkpoint. */
    public long completedSteps() {
        return resumed == null ? 0 : resumed.step();
    }

    /** What layers cost, as the recipe says or this run has measured; empty if no decision weighs it. */
    Optional<MeasuredCosts> costs() {
        return numbers.found().costs();
    }

    /** What finds pipeline degrees by the profile of this run's ranks. */
    PipelineChoice pipeline() {
        return numbers.pipeline();
    }

    /** What these degrees, and windows of gradients, go by. */
    RunProfile profile() {
        return numbers.profile();
    }

    /** What a layer takes by its placement; empty if no decision of this run weighs times, so that none were measured. */
    public Optional<LayerTimeModel> layerTimes() {
        LayerPolicy policy = new LayerPolicy(recipe, instance.runtime().topology(), instance.assignmentBytes());
        return costs().map(policy::layerTimes);
    }

    /** A step by the event model; empty if this start asked for no profile. */
    public Optional<PredictedStep> predictedStep() {
        return numbers.predictedStep();
    }

    /** Trains to the recipe's last step, or until asked to stop. */
    public TrainingLoop.Summary train(TrainingObserver observer, BooleanSupplier stopWanted) {
        return train(policy(), observer, stopWanted);
    }

    /** The recipe's. */
    PlacementPolicy policy() {
        LayerPolicy policy = new LayerPolicy(recipe, instance.runtime().topology(), instance.assignmentBytes());
        return policy.create(numbers.found());
    }

    /** As {@link #train(TrainingObserver, BooleanSupplier)}, with another policy than the recipe's. */
    TrainingLoop.Summary train(PlacementPolicy policy, TrainingObserver observer, BooleanSupplier stopWanted) {
        return train(TrainingPhases.single(recipe.train(), data), policy, observer, stopWanted);
    }

    /** The same in these phases. */
    TrainingLoop.Summary train(
            TrainingPhases<TokenBatch> phases,
            PlacementPolicy policy,
            TrainingObserver observer,
            BooleanSupplier stopWanted) {
        CheckpointStore store = storage.checkpoints();
        TrainingLoop<TokenBatch> loop = new TrainingLoop<>(
                new TrainingLoop.Parts<>(
                        instance.runtime(),
                        instance.decoder(),
                        phases,
                        recipe.train(),
                        policy,
                        recipe.parallel().predictionWindow(),
                        instance.memory(),
                        numbers.found().gradients().windows()),
                resumed,
                new TrainingLoop.Saving(checkpoint, store, recipe.checkpoint().interval()),
                numbers.profile().watching(observer));
        TrainingLoop.Summary summary = loop.run(completedSteps(), stopWanted);
        finished = summary.step() == recipe.train().steps() && store != null;
        return summary;
    }

    /** What is trained on what, where, in a line each, for people. */
    public List<String> description() {
        long all = 0;
        long active = 0;
        for (ParameterSpec spec : instance.declared()) {
            all += spec.count();
            boolean chosen = !spec.isExpert() || spec.expert() < recipe.moe().rowsPerToken();
            active += chosen ? spec.count() : 0;
        }
        List<String> lines = new ArrayList<>(List.of(
                "model: " + recipe.fingerprint(vocabulary())
                        + String.format(Locale.ROOT, ", %,d parameters, %,d active a token", all, active),
                "data: " + data.describe(),
                "kernels: " + instance.runtime().kernels().description(),
                "exchange memory: " + instance.exchangeDescription()));
        lines.addAll(numbers.description());
        routing.ifPresent(imposed ->
                lines.add("routing is imposed: " + imposed.description() + "; validation goes by the router"));
        return lines;
    }

    public TrainingData<TokenBatch> data() {
        return data;
    }

    /** What memory this rank holds now. */
    public MemoryReport memory() {
        return instance.memory().measure();
    }

    /** Closes the run; after its last step the checkpoint has all that the vault had, so the vault goes. */
    @Override
    public void close() {
        int rank = instance.runtime().rank();
        instance.close();
        if (finished) {
            storage.deleteVault(rank);
        }
    }
}
