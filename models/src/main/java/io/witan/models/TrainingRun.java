package io.witan.models;

import io.witan.collectives.CommunicatorGroup;
import io.witan.models.gpt.GptMoe;
import io.witan.models.gpt.GptMoeConfig;
import io.witan.models.gpt.GptMoeTensors;
import io.witan.runtime.checkpoint.CheckpointStore;
import io.witan.runtime.config.ConfigBinder;
import io.witan.runtime.data.DataSources;
import io.witan.runtime.data.TrainingData;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.fssdp.ChunkPool;
import io.witan.runtime.model.Decoder;
import io.witan.runtime.state.Initializer;
import io.witan.runtime.state.NormalInitializer;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.ReplayInitializer;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.train.EngineState;
import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.TrainingCheckpoint;
import io.witan.runtime.train.TrainingLoop;
import io.witan.runtime.train.TrainingObserver;
import io.witan.scheduler.placement.OwnerPlacement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/** One rank's share of a recipe: data, model, state and the loop over them. */
public final class TrainingRun implements AutoCloseable {
    private static final long REPLAY_SEED = 42;
    private static final String CHECKPOINTS = "checkpoints";

    private final Recipe recipe;
    private final Settings settings;
    private final RankRuntime runtime;
    private final TrainingData data;
    private final List<ParameterSpec> declared;
    private final int[][] owners;
    private final TrainingState state;
    private final ChunkPool pool;
    private final Decoder model;
    private final TrainingCheckpoint checkpoint;
    private EngineState resumed;

    /**
     * Where a rank runs.
     *
     * @param group this rank's connection; the run closes it
     * @param threads compute threads of this rank
     * @param out folder of the run, for checkpoints; null to save nothing
     * @param createdBy product and version, for checkpoints
     */
    public record Settings(CommunicatorGroup group, int threads, Path out, String createdBy) {}

    private TrainingRun(Recipe recipe, Settings settings, StateMemory.Factory memory) {
        GptMoeConfig config = recipe.model();
        this.recipe = recipe;
        this.settings = settings;
        this.runtime = RankRuntime.open(settings.group(), settings.threads());
        this.data = DataSources.open(
                recipe.data(),
                recipe.train().seed(),
                config.seqLen(),
                recipe.train().rowsPerMicroBatch(),
                recipe.train().accumulation());
        this.declared = GptMoeTensors.declare(config, data.vocabularySize());
        this.owners = OwnerPlacement.even(config.layers(), config.experts(), runtime.size());
        this.state = TrainingState.allocate(declared, owners, runtime.rank(), memory);
        this.pool = new ChunkPool(config.moe().expertLayout().chunkBytes());
        this.model = GptMoe.build(runtime, config, state, owners, pool);
        this.checkpoint = new TrainingCheckpoint(
                runtime,
                new TrainingCheckpoint.Identity(
                        config.fingerprint(data.vocabularySize()),
                        data.tokenizerFingerprint(),
                        data.fingerprint(),
                        ConfigBinder.toTree(recipe).toYaml(),
                        settings.createdBy()));
    }

    /** Opens data and model with the recipe's initial weights. */
    public static TrainingRun open(Recipe recipe, Settings settings) {
        TrainingRun run = new TrainingRun(recipe, settings, StateMemory::inPlace);
        run.state.initialize(run.initializer());
        return run;
    }

    /**
     * As {@link #open}, with the state of a checkpoint.
     *
     * @param from output folder of a run, its checkpoints folder, or one checkpoint
     */
    public static TrainingRun resume(Recipe recipe, Settings settings, Path from) {
        TrainingRun run = new TrainingRun(recipe, settings, StateMemory::inPlace);
        run.resumed = run.checkpoint.load(checkpoints(from), run.state, run.declared);
        return run;
    }

    private Initializer initializer() {
        return switch (recipe.model().init()) {
            case NORMAL -> new NormalInitializer(recipe.train().seed());
            case REPLAY -> new ReplayInitializer(REPLAY_SEED, declared);
        };
    }

    /** The checkpoints of a run's output folder, or the path itself if it is no such folder. */
    public static Path checkpoints(Path runOrCheckpoint) {
        Path inside = runOrCheckpoint.resolve(CHECKPOINTS);
        return Files.isDirectory(inside) ? inside : runOrCheckpoint;
    }

    /** Steps that are complete: 0, or those of the checkpoint. */
    public long completedSteps() {
        return resumed == null ? 0 : resumed.step();
    }

    /** Trains to the recipe's last step, or until asked to stop. */
    public TrainingLoop.Summary train(TrainingObserver observer, BooleanSupplier stopWanted) {
        CheckpointStore store = settings.out() == null
                ? null
                : new CheckpointStore(
                        settings.out().resolve(CHECKPOINTS), recipe.checkpoint().keep());
        TrainingLoop loop = new TrainingLoop(
                new TrainingLoop.Parts(
                        runtime,
                        model,
                        data,
                        recipe.train(),
                        recipe.parallel().materialization(runtime.topology()),
                        recipe.parallel().predictionWindow(),
                        owners),
                resumed,
                new TrainingLoop.Saving(
                        checkpoint,
                        store,
                        recipe.checkpoint().interval(),
                        recipe.checkpoint().vaultInterval()),
                observer);
        return loop.run(completedSteps(), stopWanted);
    }

    /** Validation loss of the present weights over all validation batches. */
    public Evaluator.Result evaluate() {
        return new Evaluator(runtime, model, data).run(0);
    }

    public RankRuntime runtime() {
        return runtime;
    }

    public TrainingData data() {
        return data;
    }

    public Decoder model() {
        return model;
    }

    /** Off-heap bytes by part, for people. */
    public Memory memory() {
        return new Memory(
                state.bytes(),
                pool.heldBytes(),
                runtime.arena().heldBytes(),
                runtime.kernels().scratchBytes());
    }

    /** Off-heap bytes: training state with dense gradients, expert copies and gradients, activations, kernel scratch. */
    public record Memory(long stateBytes, long expertBufferBytes, long activationBytes, long scratchBytes) {}

    @Override
    public void close() {
        runtime.close();
        pool.close();
        state.close();
    }
}
