package io.witan.models;

import io.witan.runtime.checkpoint.Checkpoint;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.data.DataConfig;
import io.witan.runtime.data.TokenBatch;
import io.witan.runtime.data.TrainingData;
import io.witan.runtime.model.Decoder;
import io.witan.runtime.text.Tokenizer;
import io.witan.runtime.text.Tokenizers;
import io.witan.runtime.train.Evaluator;
import java.nio.file.Path;
import java.util.OptionalInt;

/** A checkpoint opened in one process, to evaluate or to generate from. */
public final class TrainedModel implements AutoCloseable {
    private final Recipe recipe;
    private final TrainedFamily<TokenBatch, Decoder> trained;

    private TrainedModel(Recipe recipe, TrainedFamily<TokenBatch, Decoder> trained) {
        this.recipe = recipe;
        this.trained = trained;
    }

    /**
     * @param from output folder of a run, its checkpoints folder, or one checkpoint
     * @param threads compute threads
     * @throws ConfigException in one line if it is no text model
     */
    public static TrainedModel open(Path from, int threads) {
        Recipe recipe = Recipes.bind(config(from));
        Families.requireText(Families.of(recipe), RunStorage.checkpoints(from));
        return new TrainedModel(recipe, TrainedFamily.open(new GptFamily(recipe), recipe, from, threads));
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

    private Decoder model() {
        return trained.instance().model();
    }

    /** Completed training steps. */
    public long step() {
        return trained.step();
    }

    /**
     * Logits of the token after a context.
     *
     * @param context token ids, at least one and no more than the model has positions
     */
    public float[] nextTokenLogits(int[] context) {
        return model().nextTokenLogits(context);
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
            return new TextGenerator(model(), tokenizer, recipe.model().seqLen()).generate(sample, task, seed);
        }
    }

    /** Validation loss over all validation batches of some data, cut as its training data was. */
    public Evaluator.Result evaluate(TrainingData<TokenBatch> data) {
        return new Evaluator<>(trained.instance().runtime(), model(), data).run(0);
    }

    @Override
    public void close() {
        trained.close();
    }
}
