package io.witan.runtime.data;

import java.util.ArrayList;
import java.util.List;

/**
 * The data of a process that opens it more than once, as a rank does that goes on after others were lost: it is read and encoded once, and
 * is the same however its files have changed meanwhile. Holds the data that was opened last. Thread-safe.
 */
public final class DataCache {
    private DataConfig held;
    private List<EncodedText> texts;

    /** As {@link DataSources#open}. */
    public TrainingData<TokenBatch> open(
            DataConfig config, long seed, int positions, int rowsPerMicroBatch, int microBatches) {
        BatchShape shape = new BatchShape(rowsPerMicroBatch, positions, microBatches);
        if (config.source() == DataConfig.Source.LCG) {
            return new LcgTokens(config.vocabularySize(), shape);
        }
        List<EncodedText> encoded = texts(config);
        if (config.tasks().isEmpty()) {
            return new TextTrainingData(encoded.getFirst(), seed, shape);
        }
        List<TaskMixture.Task> tasks = new ArrayList<>();
        for (int i = 0; i < encoded.size(); i++) {
            TaskSource task = config.tasks().get(i);
            tasks.add(new TaskMixture.Task(
                    task.name(), task.weight(), new TextTrainingData(encoded.get(i), seed, shape)));
        }
        return new TaskMixture(tasks, seed, shape);
    }

    private synchronized List<EncodedText> texts(DataConfig config) {
        if (!config.equals(held)) {
            texts = DataSources.encode(config);
            held = config;
        }
        return texts;
    }
}
