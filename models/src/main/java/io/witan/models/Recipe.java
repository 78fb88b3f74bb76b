package io.witan.models;

import io.witan.models.gpt.GptMoeConfig;
import io.witan.runtime.config.ConfigException;
import io.witan.runtime.data.DataConfig;
import io.witan.runtime.train.TrainConfig;

/** All that defines a run: what is trained, on what, how, and where its parts go. */
public record Recipe(
        GptMoeConfig model,
        DataConfig data,
        TrainConfig train,
        ParallelConfig parallel,
        CheckpointConfig checkpoint,
        SampleConfig sample) {
    /**
     * Refuses a number of ranks that this recipe cannot keep busy.
     *
     * @throws ConfigException in one line that names both sides
     */
    public void requireRanks(int ranks) {
        if (ranks > train.rowsPerMicroBatch()) {
            throw new ConfigException(ranks + " ranks exceed the " + train.rowsPerMicroBatch()
                    + " rows of a micro-batch (train.global_batch " + train.globalBatch() + " / train.accumulation "
                    + train.accumulation() + ")");
        }
        long slots = (long) model.layers() * model.experts();
        if (ranks > slots) {
            throw new ConfigException(ranks + " ranks exceed the " + slots
                    + " expert slots over all layers (model.layers " + model.layers() + " x model.experts "
                    + model.experts() + ")");
        }
    }
}
