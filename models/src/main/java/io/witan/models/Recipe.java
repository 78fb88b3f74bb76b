package io.witan.models;

import io.witan.models.gpt.GptMoeConfig;
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
    /** Refuses what no section can see alone. */
    public Recipe {
        if (parallel.ranks() > train.rowsPerMicroBatch()) {
            throw new IllegalArgumentException("parallel.ranks " + parallel.ranks() + " exceeds the "
                    + train.rowsPerMicroBatch() + " rows of a micro-batch (train.global_batch " + train.globalBatch()
                    + " / train.accumulation " + train.accumulation() + ")");
        }
        long slots = (long) model.layers() * model.experts();
        if (parallel.ranks() > slots) {
            throw new IllegalArgumentException("parallel.ranks " + parallel.ranks() + " exceeds the " + slots
                    + " expert slots over all layers (model.layers " + model.layers() + " x model.experts "
                    + model.experts() + ")");
        }
    }
}
