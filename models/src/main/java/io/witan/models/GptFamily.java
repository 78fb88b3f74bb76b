package io.witan.models;

import io.witan.models.family.ModelFamily;
import io.witan.models.family.ModelParts;
import io.witan.models.family.MoeShape;
import io.witan.models.gpt.GptMoe;
import io.witan.models.gpt.GptMoeTensors;
import io.witan.runtime.data.DataCache;
import io.witan.runtime.data.TokenBatch;
import io.witan.runtime.data.TrainingData;
import io.witan.runtime.model.Decoder;
import io.witan.runtime.state.Initializer;
import io.witan.runtime.state.NormalInitializer;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.state.ReplayInitializer;
import io.witan.runtime.train.TrainingPhases;
import java.util.List;

/** Text models, in one phase: what a recipe without another family's section describes. */
public final class GptFamily implements ModelFamily<TokenBatch, Decoder> {
    private static final long REPLAY_SEED = 42;

    private final Recipe recipe;
    private final DataCache opened;
    /** Token ids, once they are known. */
    private int vocabulary;

    public GptFamily(Recipe recipe) {
        this(recipe, new DataCache());
    }

    /** @param opened data that this process has opened before */
    public GptFamily(Recipe recipe, DataCache opened) {
        this.recipe = recipe;
        this.opened = opened;
    }

    @Override
    public String name() {
        return "gpt";
    }

    /** Token ids that the model has room for. */
    public int vocabulary() {
        if (vocabulary == 0) {
            vocabulary = recipe.vocabularySize();
        }
        return vocabulary;
    }

    @Override
    public String fingerprint() {
        return recipe.fingerprint(vocabulary());
    }

    @Override
    public String tokenizerFingerprint() {
        return recipe.tokenizerFingerprint();
    }

    @Override
    public List<ParameterSpec> declare(int expertSharding) {
        return GptMoeTensors.declare(recipe.model(), vocabulary(), expertSharding);
    }

    @Override
    public MoeShape moe() {
        return MoeShape.of(
                recipe.model().layers(),
                recipe.moe(),
                (long) recipe.train().rowsPerMicroBatch() * recipe.model().seqLen());
    }

    @Override
    public Decoder build(ModelParts parts) {
        return GptMoe.build(
                parts.runtime(), recipe.model(), parts.state(), parts.ways(), parts.buffers(), parts.seed());
    }

    @Override
    public TrainingPhases<TokenBatch> phases() {
        TrainingData<TokenBatch> data = recipe.openData(opened);
        vocabulary = recipe.model().vocabulary(data.vocabularySize());
        return TrainingPhases.single(recipe.train(), data);
    }

    @Override
    public Initializer initializer(long seed) {
        return switch (recipe.model().init()) {
            case NORMAL -> new NormalInitializer(seed);
            case REPLAY -> new ReplayInitializer(REPLAY_SEED, declare(1));
        };
    }
}
