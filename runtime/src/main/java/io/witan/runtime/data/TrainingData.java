package io.witan.runtime.data;

import java.util.List;

/**
 * Batches to train and to validate on. Every method gives the same answer each time, on every rank, from any thread.
 *
 * @param <B> form of the batches
 */
public interface TrainingData<B extends Batch<B>> {
    /**
     * The global micro batch; a rank takes its rows with {@link Batch#ofRank}.
     *
     * @param step from 0
     * @param microBatch from 0, below the number of micro batches of a step
     * @throws IllegalArgumentException if either is out of its range
     */
    B train(long step, int microBatch);

    /** The number of validation batches; 0 if nothing is held back. */
    int validationBatches();

    /**
     * A validation batch, as large as a training micro batch. Over all batches of text each validation token, and the
     * end-of-text after each document, is a target exactly once; padding has no target.
     *
     * @throws IllegalArgumentException if {@code index} is not in 0 .. validationBatches()-1
     */
    B validation(int index);

    /**
     * UTF-8 bytes of the validation documents: the summed loss of all validation targets over this is nats per byte; 0 where
     * that says nothing.
     */
    long validationBytes();

    int vocabularySize();

    /** Names of the tasks, in the order of their numbers in {@link Batch#tasks}; empty: batches have none. */
    default List<String> tasks() {
        return List.of();
    }

    /** Equal if and only if batches are: a run may be resumed only on data of its own fingerprint. */
    String fingerprint();

    /** One line for the log: how many documents and tokens there are. */
    String describe();
}
