package io.witan.models;

import io.witan.collectives.CommunicatorGroup;
import io.witan.models.gpt.GptMoe;
import io.witan.runtime.checkpoint.Checkpoint;
import io.witan.runtime.checkpoint.Manifest;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.data.DataConfig;
import io.witan.runtime.data.TokenBatch;
import io.witan.runtime.data.TrainingData;
import io.witan.runtime.engine.Compute;
import io.witan.runtime.model.Decoder;
import io.witan.runtime.state.Sharding;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.text.Tokenizer;
import io.witan.runtime.text.Tokenizers;
import io.witan.runtime.trace.Timeline;
import io.witan.runtime.train.EngineState;
import io.witan.runtime.train.Evaluator;
import io.witan.runtime.train.TrainingCheckpoint;
import java.nio.file.Path;
import java.util.OptionalInt;

/** A checkpoint opened in one process, to evaluate or to generate from. */
public final class TrainedModel implements AutoCloseable {
    private final Recipe recipe;
    private final ModelInstance<TokenBatch, Decoder> instance;
    private final long step;

    private TrainedModel(Recipe recipe, ModelInstance<TokenBatch, Decoder> instance, long step) {
        this.recipe = recipe;
        this.instance = instance;
        this.step = step;
    }

    /**
     * @param from output folder of a run, its checkpoints folder, or one checkpoint
     * @param threads compute threads
     * @throws ConfigException in one line if it is no text model
     */
    public static TrainedModel open(Path from, int threads) {
        Path path = RunStorage.checkpoints(from);
        Manifest manifest;
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            manifest = checkpoint.manifest();
        }
        Recipe recipe = Recipes.bind(ConfigTree.parse(manifest.config(), path + ": configuration"));
        Families.requireText(Families.of(recipe), path);
        GptFamily family = new GptFamily(recipe);
        ModelInstance<TokenBatch, Decoder> instance = new ModelInstance<>(
                family,
                new ModelInstance.Place(
                        CommunicatorGroup.solo(),
                        Compute.host(threads),
                        0,
                        Sharding.WHOLE,
                        GptMoe.Ways.PLAIN.withExpertSharding(recipe.parallel().expertSharding()),
                        0,
                        recipe.train().seed(),
                        Timeline.OFF),
                StateMemory::inPlace);
        try {
            TrainingCheckpoint loader = new TrainingCheckpoint(
                    instance.runtime(),
                    new TrainingCheckpoint.Identity(
                            family.fingerprint(),
                            family.tokenizerFingerprint(),
                            manifest.dataFingerprint(),
                            manifest.config(),
                            Sharding.WHOLE,
                            manifest.createdBy()));
            EngineState engine = loader.load(path, instance.state(), instance.declared());
            engine.restoreGates(instance.model().moeLayers());
            instance.followOwners();
            return new TrainedModel(recipe, instance, manifest.step());
        } catch (RuntimeException | Error e) {
            instance.close();
            throw e;
        }
    }

    /** The configuration that a checkpoint was trained with. */
    public static ConfigTree config(Path from) {
        Path path = RunStorage.checkpoints(from);
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            return ConfigTree.parse(checkpoint.manifest().config(), path + ": configuration");
        }
    }

    /** The recipe that it was trained with. */
    public Recipe recipe() {
        return recipe;
    }

    /** Completed training steps. */
    public long step() {
        return step;
    }

    /**
     * Logits of the token after a context.
     *
     * @param context token ids, at least one and no more than the model has positions
     */
    public float[] nextTokenLogits(int[] context) {
        return instance.model().nextTokenLogits(context);
    }

    /**
     * The prompt and what the model makes of it.
     *
     * @throws ConfigException if the model was not trained on text, or not on the task that the sample names
     */
    public String generate(SampleConfig sample, long seed) {
        if (recipe.data().source() == DataConfig.Source.LCG) {
            throw new ConfigException("the model was trained on the lcg token stream, which is no text");
        }
        OptionalInt task = recipe.taskOf(sample);
        try (Tokenizer tokenizer = Tokenizers.open(recipe.data().tokenizer())) {
            return new TextGenerator(instance.model(), tokenizer, recipe.model().seqLen()).generate(sample, task, seed);
        }
    }

    /** Validation loss over all validation batches of some data, cut as its training data was. */
    public Evaluator.Result evaluate(TrainingData<TokenBatch> data) {
        return new Evaluator<>(instance.runtime(), instance.model(), data).run(0);
    }

    @Override
    public void close() {
        instance.close();
    }
}
