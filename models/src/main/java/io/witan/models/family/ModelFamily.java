package io.witan.models.family;

import io.witan.runtime.config.ConfigException;
import io.witan.runtime.data.Batch;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.state.Initializer;
import io.witan.runtime.state.NormalInitializer;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.train.TrainableModel;
import io.witan.runtime.train.TrainingPhases;
import java.util.List;
import java.util.Optional;

/**
 * A kind of model, as one recipe describes it: what {@link io.witan.models.TrainingRun} needs to train it. All answers are the same on
 * every rank and each time; none but {@link #phases} takes long.
 *
 * @param <B> form of its batches
 * @param <M> the model itself
 */
public interface ModelFamily<B extends Batch<B>, M extends TrainableModel<B>> {
    /** For messages: the name of its section in a recipe. */
    String name();

    /** Names the architecture and every size that a checkpoint depends on. */
    String fingerprint();

    /** Names the tokenizer; {@code none} if there is none. */
    String tokenizerFingerprint();

    /**
     * Every tensor, in an order that does not change. Layers of experts are numbered from 0, as {@link MoeShape} counts them.
     *
     * @param expertSharding shards that an expert is declared in
     */
    List<ParameterSpec> declare(int expertSharding);

    /** Its MoE layers, with experts cut as the recipe wants them. */
    MoeShape moe();

    /**
     * Builds the model on one rank.
     *
     * @param parts its state holds what {@link #declare} says; all stay the caller's
     */
    M build(ModelParts parts);

    /**
     * Opens the data, in the phases that it is trained in; takes time.
     *
     * @throws io.witan.runtime.data.DataException if the data cannot be used
     */
    TrainingPhases<B> phases();

    /** Starting values, where the recipe names no checkpoint. */
    default Initializer initializer(long seed) {
        return new NormalInitializer(seed);
    }

    /**
     * Once a run is complete: measures the model on rows that were held out. All ranks call it together.
     *
     * @return what is to be told, on rank 0; of other ranks nobody asks
     */
    default Optional<EndReport> report(RankRuntime runtime, M model) {
        return Optional.empty();
    }

    /**
     * Measures a trained model on rows of a file. All ranks call it together; what rank 0 gets is to be told.
     *
     * @throws ConfigException if the family is not measured so, or has no such task
     * @throws io.witan.runtime.data.DataException in one line with file, row and field if a row cannot be used, before anything is computed
     */
    default EndReport measure(RankRuntime runtime, M model, RowsToMeasure rows) {
        throw new ConfigException("a model of family " + name() + " is not measured on rows of a file");
    }
}
