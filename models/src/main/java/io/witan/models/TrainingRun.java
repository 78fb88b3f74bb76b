package io.witan.models;

import io.witan.collectives.CommunicatorGroup;
import io.witan.models.family.EndReport;
import io.witan.models.family.ModelFamily;
import io.witan.models.family.MoeShape;
import io.witan.models.gpt.GptMoe;
import io.witan.runtime.checkpoint.CheckpointException;
import io.witan.runtime.checkpoint.CheckpointStore;
import io.witan.runtime.memory.MemoryReport;
import io.witan.runtime.moe.MoeLayer;
import io.witan.runtime.profile.MeasuredCosts;
import io.witan.runtime.routing.DrawnChoice;
import io.witan.runtime.routing.ExpertPopularity;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.VaultMemory;
import io.witan.runtime.trace.Timeline;
import io.witan.runtime.train.TrainingCheckpoint;
import io.witan.runtime.train.TrainingLoop;
import io.witan.runtime.train.TrainingObserver;
import io.witan.runtime.train.TrainingPhases;
import io.witan.runtime.train.recovery.PeerCopies;
import io.witan.runtime.vault.NodeMemory;
import io.witan.runtime.vault.VaultFile;
import io.witan.scheduler.cost.LayerTimeModel;
import io.witan.scheduler.pipeline.PipelineDegrees;
import io.witan.scheduler.policy.PlacementPolicy;
import io.witan.scheduler.step.PredictedStep;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One rank's share of a recipe: data, model, state and the loop over them. Any family's models train alike. */
public final class TrainingRun implements AutoCloseable {
    private final Recipe recipe;
    private final Settings settings;
    private final RunStorage storage;
    private final ModelFamily<?, ?> family;
    private final OpenModel<?, ?> open;
    private final Optional<ExpertPopularity> routing;
    private final ModelInstance<?, ?> instance;
    private final OpenNumbers numbers;
    private TrainingCheckpoint checkpoint;
    private final KeptState kept;
    private Optional<KeptState.Taken> resumed = Optional.empty();
    /** True once a checkpoint has all of the last step that was trained. */
    private boolean isSaved;

    /** True once that is the recipe's last. */
    private boolean isLast;

    private Optional<PeerCopies> copies = Optional.empty();

    /**
     * Where a rank runs.
     *
     * @param group this rank's connection; the run closes it
     * @param threads compute threads of this rank
     * @param sharedBytes most that this rank may take of the node's shared memory for what ranks exchange; 0 for none
     * @param out folder of the run, for checkpoints; null to save nothing
     * @param createdBy product and version, for checkpoints
     * @param memory of this node, for vaults; empty: they lie in the output folder, or where the recipe says
     * @param profiles file of costs that runs on this machine measured, read and written by rank 0; null for none
     * @param timeline takes up what this rank does; on all ranks, with the same steps, or on none
     */
    public record Settings(
            CommunicatorGroup group,
            int threads,
            long sharedBytes,
            Path out,
            Optional<NodeMemory> memory,
            String createdBy,
            Path profiles,
            Timeline timeline) {
        /** With vaults on a disk, without a file of costs and without a timeline. */
        public Settings(CommunicatorGroup group, int threads, long sharedBytes, Path out, String createdBy) {
            this(group, threads, sharedBytes, out, Optional.empty(), createdBy, null, Timeline.OFF);
        }

        private RunStorage storage(Recipe recipe) {
            return new RunStorage(recipe, out, memory);
        }

        private int rank() {
            return group.lane(0).rank();
        }

        private int ranks() {
            return group.lane(0).size();
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

    private TrainingRun(
            Recipe recipe,
            ModelFamily<?, ?> family,
            Settings settings,
            RunStorage storage,
            StateMemory.Factory memory) {
        this.recipe = recipe;
        this.family = family;
        this.settings = settings;
        this.storage = storage;
        this.routing = opened(
                () -> {
                    recipe.requireFits(family);
                    return recipe.imposedRouting();
                },
                settings.group());
        this.open = OpenModel.open(family, settings.place(recipe), memory);
        this.instance = open.instance();
        try {
            impose();
            this.numbers = new OpenNumbers(recipe, instance, settings.profiles());
            this.checkpoint = new TrainingCheckpoint(instance.runtime(), identity(recipe));
            RunStorage.requireSame(instance.runtime(), checkpoint.identity().run());
            this.kept = new KeptState(instance, storage, checkpoint);
        } catch (RuntimeException | Error e) {
            instance.close();
            throw e;
        }
    }

    private TrainingCheckpoint.Identity identity(Recipe found) {
        return RunStorage.identity(found, family, open.phases(), settings.createdBy());
    }

    private void impose() {
        if (routing.isPresent()) {
            List<MoeLayer> layers = instance.model().moeLayers();
            for (int l = 0; l < layers.size(); l++) {
                layers.get(l)
                        .impose(new DrawnChoice(routing.get(), l, recipe.train().seed()));
            }
        }
    }

    /** Finds what the recipe leaves open, and saves it: with the run, and from here on in its checkpoints. */
    private void findNumbers() {
        if (family instanceof GptFamily) {
            numbers.find();
        }
        PipelineDegrees degrees = numbers.found().pipeline().degrees();
        boolean defer = recipe.parallel().pipeline().deferWeightGradients();
        instance.model().moeLayers().forEach(layer -> {
            layer.pipeline(degrees);
            layer.deferWeightGradients(defer);
        });
        if (settings.out() != null) {
            numbers.save(settings.out());
        }
        checkpoint = new TrainingCheckpoint(instance.runtime(), identity(recipe.with(numbers.found())));
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
        return open(recipe, Families.of(recipe), settings);
    }

    /** As {@link #open(Recipe, Settings)}, of a family that is given. */
    public static TrainingRun open(Recipe recipe, ModelFamily<?, ?> family, Settings settings) {
        RunStorage storage = settings.storage(recipe);
        TrainingRun run = new TrainingRun(
                recipe, family, settings, storage, storage.vaults().create(settings.rank(), settings.ranks()));
        try {
            run.initialWeights().set();
            run.findNumbers();
            return run;
        } catch (RuntimeException | Error e) {
            run.close();
            throw e;
        }
    }

    /**
     * As {@link #open}, with the newest state of an earlier run: its vaults' if they hold a later step than its last
     * checkpoint and belong to this output folder, the checkpoint's otherwise. Either may be of another number of ranks.
     *
     * @param from output folder of a run, its checkpoints folder, or one checkpoint
     */
    public static TrainingRun resume(Recipe recipe, Settings settings, Path from) {
        return resume(recipe, Families.of(recipe), settings, from);
    }

    /**
     * The run in this output folder after ranks of it were lost, with the newest state that it has kept: its vault's or its last
     * checkpoint's. If it has not kept any, it begins as it began.
     *
     * @param from what it had been resumed from; empty: it was opened
     */
    public static TrainingRun goOn(Recipe recipe, Settings settings, Optional<Path> from) {
        return goOn(recipe, Families.of(recipe), settings, from);
    }

    /** As {@link #goOn(Recipe, Settings, Optional)}, of a family that is given. */
    public static TrainingRun goOn(Recipe recipe, ModelFamily<?, ?> family, Settings settings, Optional<Path> from) {
        Path out = settings.out();
        RunStorage storage = settings.storage(recipe);
        List<VaultMemory> opened = new ArrayList<>();
        TrainingRun run = new TrainingRun(
                recipe,
                family,
                settings,
                storage,
                storage.vaults().open(out, settings.rank(), settings.ranks(), opened::add));
        try {
            boolean taken = run.takeUpAny(out, opened) || from.isPresent() && run.takeUpAny(from.get(), List.of());
            if (!taken) {
                run.initialWeights().set();
            }
            run.findNumbers();
            return run;
        } catch (RuntimeException | Error e) {
            run.close();
            throw e;
        }
    }

    /** As {@link #resume(Recipe, Settings, Path)}, of a family that is given. */
    public static TrainingRun resume(Recipe recipe, ModelFamily<?, ?> family, Settings settings, Path from) {
        RunStorage storage = settings.storage(recipe);
        List<VaultMemory> opened = new ArrayList<>();
        TrainingRun run = new TrainingRun(
                recipe,
                family,
                settings,
                storage,
                storage.vaults().open(from, settings.rank(), settings.ranks(), opened::add));
        try {
            if (!run.takeUpAny(from, opened)) {
                throw CheckpointException.nothingSaved(
                        from,
                        Stream.concat(
                                        Stream.of("no checkpoint is in it, and no vault of this run"),
                                        run.notes().stream())
                                .collect(Collectors.joining("; ")));
            }
            run.findNumbers();
            return run;
        } catch (RuntimeException | Error e) {
            run.close();
            throw e;
        }
    }

    private InitialWeights initialWeights() {
        return new InitialWeights(recipe, family, instance);
    }

    /** Returns false, on all ranks, if nothing is kept there. @param own as {@link KeptState#takeUp} takes it */
    private boolean takeUpAny(Path from, List<VaultMemory> own) {
        resumed = kept.takeUp(from, own);
        if (resumed.isPresent()) {
            instance.followOwners();
            if (family instanceof GptFamily
                    && resumed.get().engine().ranks() == instance.runtime().size()) {
                numbers.takeUp(from);
            }
        }
        return resumed.isPresent();
    }

    /** True if the last completed step was taken from the vault: what follows a step, as its evaluation, is made again. */
    public boolean isOwed() {
        return resumed.map(KeptState.Taken::owed).orElse(false);
    }

    /** Where the state is from if it did not lie in this rank's vault as it was left, nor in a checkpoint; empty otherwise. */
    public String origin() {
        return resumed.map(KeptState.Taken::origin).orElse("");
    }

    /** What could not be taken up, and why, in a line each, for people; the same on all ranks. */
    public List<String> notes() {
        return List.copyOf(kept.notes());
    }

    /** Steps that are complete: 0, or those of the checkpoint. */
    public long completedSteps() {
        return resumed.map(taken -> taken.engine().step()).orElse(0L);
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
        return costs().map(layerPolicy()::layerTimes);
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
    private PlacementPolicy policy() {
        return layerPolicy().create(numbers.found());
    }

    private LayerPolicy layerPolicy() {
        return new LayerPolicy(recipe, family.moe(), instance.runtime().topology(), instance.assignmentBytes());
    }

    /** As {@link #train(TrainingObserver, BooleanSupplier)}, with another policy than the recipe's. */
    TrainingLoop.Summary train(PlacementPolicy policy, TrainingObserver observer, BooleanSupplier stopWanted) {
        CheckpointStore store = storage.checkpoints();
        TrainingLoop<?> loop = open.loop(
                recipe.with(numbers.found()),
                policy,
                resumed.map(KeptState.Taken::engine).orElse(null),
                new TrainingLoop.Saving(checkpoint, store, recipe.checkpoint().interval()),
                numbers.profile().watching(observer));
        copies = storage.vaults()
                .copies(
                        instance.runtime(),
                        instance.state(),
                        checkpoint.identity().run(),
                        spent());
        TrainingLoop.Summary summary = loop.run(completedSteps(), isOwed(), stopWanted);
        copies.ifPresent(PeerCopies::settle);
        isSaved = store != null;
        isLast = summary.step() == recipe.train().steps();
        return summary;
    }

    /** After the last step, what the family tells of the run: on rank 0; all ranks call it together. */
    public Optional<EndReport> report() {
        return open.report();
    }

    /** What is trained on what, where, in a line each, for people. */
    public List<String> description() {
        long all = 0;
        long active = 0;
        for (ParameterSpec spec : instance.declared()) {
            all += spec.count();
            boolean chosen = !spec.isExpert() || spec.expert() < moe().rowsPerToken();
            active += chosen ? spec.count() : 0;
        }
        List<String> lines = new ArrayList<>(List.of(
                "model: " + family.fingerprint()
                        + String.format(Locale.ROOT, ", %,d parameters, %,d active a token", all, active),
                "data: " + open.phases().describe(),
                "kernels: " + instance.runtime().kernels().description(),
                "exchange memory: " + instance.exchangeDescription(),
                "vault: " + storage.vaults().description(settings.rank(), settings.ranks())));
        lines.addAll(numbers.description());
        routing.ifPresent(imposed ->
                lines.add("routing is imposed: " + imposed.description() + "; validation goes by the router"));
        return lines;
    }

    /** What is trained on what, one phase behind the other. */
    public TrainingPhases<?> phases() {
        return open.phases();
    }

    /** The model's MoE layers. */
    public MoeShape moe() {
        return family.moe();
    }

    /** What memory this rank holds now. */
    public MemoryReport memory() {
        return instance.memory().measure();
    }

    /**
     * Closes the run. After its last step the checkpoint has all that the vault had, so the vault goes; when it was stopped before, or failed
     * before its first step, the vault goes if it lies in memory.
     */
    @Override
    public void close() {
        int rank = instance.runtime().rank();
        int ranks = instance.runtime().size();
        boolean holdsStep = instance.state().holdsStep();
        try {
            instance.close();
        } finally {
            copies.ifPresent(PeerCopies::close);
        }
        if (isSaved && isLast) {
            storage.vaults().deleteAll(rank, ranks, copies, spent());
        } else if (isSaved || !holdsStep) {
            storage.vaults().freeMemory(rank, ranks);
        }
    }

    /** Vaults of earlier starts. */
    private List<VaultFile> spent() {
        return resumed.map(KeptState.Taken::spent).orElse(List.of());
    }
}
