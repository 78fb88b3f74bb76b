package io.witan.models;

import io.witan.models.gpt.GptMoeConfig;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.data.DataConfig;
import io.witan.runtime.data.DataSources;
import io.witan.runtime.data.TrainingData;
import io.witan.runtime.engine.Compute;
import io.witan.runtime.moe.GateConfig;
import io.witan.runtime.moe.exchange.AllToAll;
import io.witan.runtime.routing.ExpertPopularity;
import io.witan.runtime.text.Tokenizer;
import io.witan.runtime.text.Tokenizers;
import io.witan.runtime.train.TrainConfig;
import java.util.Locale;
import java.util.Optional;

/** All that defines a run: what is trained, on what, how, and where its parts go. */
public record Recipe(
        GptMoeConfig model,
        DataConfig data,
        TrainConfig train,
        ParallelConfig parallel,
        RoutingConfig routing,
        CheckpointConfig checkpoint,
        SampleConfig sample) {
    /** Refuses combinations that no single section shows. */
    public Recipe {
        refuseImposed(routing, model.gate());
        if (model.gate().select() == GateConfig.Select.SOFT && parallel.allToAll() == AllToAll.DEDUPLICATED) {
            throw new IllegalArgumentException("parallel.all_to_all deduplicated sends a token to a node once, and"
                    + " model.gate.select soft sends mixtures of tokens, once each; parallel.all_to_all may be flat,"
                    + " leader or two_level");
        }
        if (parallel.device() == Compute.Target.CUDA) {
            int multiple = parallel.precision().widthMultiple();
            if (model.dModel() % multiple != 0 || model.dFf() % multiple != 0) {
                throw new IllegalArgumentException("parallel.device cuda with parallel.precision "
                        + parallel.precision().name().toLowerCase(Locale.ROOT) + " needs multiples of " + multiple
                        + " as model.d_model and model.d_ff, got model.d_model " + model.dModel() + " and model.d_ff "
                        + model.dFf() + "; parallel.precision fp32 takes any");
            }
        }
    }

    private static void refuseImposed(RoutingConfig routing, GateConfig gate) {
        if (routing.isImposed() && (gate.select() != GateConfig.Select.TOP_K || gate.biasRate() > 0)) {
            throw new IllegalArgumentException(
                    "routing.force_skew and routing.replay_loads take the choice from a gate with"
                            + " model.gate.select top_k and model.gate.bias_rate 0, got "
                            + gate.select().name().toLowerCase(Locale.ROOT) + " and " + gate.biasRate());
        }
    }

    /** This recipe with another section {@code parallel}. */
    Recipe with(ParallelConfig other) {
        return new Recipe(model, data, train, other, routing, checkpoint, sample);
    }

    /** This recipe with the router's own choice of experts. */
    Recipe withOwnRouting() {
        RoutingConfig own = new RoutingConfig(Optional.empty(), Optional.empty());
        return new Recipe(model, data, train, parallel, own, checkpoint, sample);
    }

    /**
     * The routing that is imposed; empty: the router chooses.
     *
     * @throws ConfigException in one line if recorded loads can't be read or are of another model
     */
    public Optional<ExpertPopularity> imposedRouting() {
        return routing.imposed(model, train.seed());
    }

    /** Token ids of the data. */
    public int vocabularySize() {
        if (data.source() == DataConfig.Source.LCG) {
            return data.vocabularySize();
        }
        try (Tokenizer tokenizer = Tokenizers.open(data.tokenizer())) {
            return tokenizer.vocabularySize();
        }
    }

    /** Names the tokenizer of the data. */
    public String tokenizerFingerprint() {
        if (data.source() == DataConfig.Source.LCG) {
            return "none";
        }
        try (Tokenizer tokenizer = Tokenizers.open(data.tokenizer())) {
            return tokenizer.fingerprint();
        }
    }

    /** Opens the data, cut for this recipe's steps. */
    public TrainingData openData() {
        return DataSources.open(data, train.seed(), model.seqLen(), train.rowsPerMicroBatch(), train.accumulation());
    }

    /**
     * Refuses a number of ranks that this recipe cannot keep busy.
     *
     * @throws ConfigException in one line that names both sides
     */
    public void requireRanks(int ranks) {
        if (ranks > train.globalBatch()) {
            throw new ConfigException(
                    ranks + " ranks exceed the " + train.globalBatch() + " rows of a step (train.global_batch)");
        }
        long slots = (long) model.layers() * model.experts();
        if (ranks > slots) {
            throw new ConfigException(ranks + " ranks exceed the " + slots
                    + " expert slots over all layers (model.layers " + model.layers() + " x model.experts "
                    + model.experts() + ")");
        }
    }
}
