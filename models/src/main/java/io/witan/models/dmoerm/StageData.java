package io.witan.models.dmoerm;

import io.witan.models.dmoerm.data.PreferencePair;
import io.witan.runtime.data.DataException;
import io.witan.runtime.data.TrainingData;
import io.witan.runtime.data.WindowOrder;
import java.util.List;
import java.util.stream.LongStream;

/** Batches of one stage: its pairs in an order that differs from epoch to epoch. */
final class StageData implements TrainingData<PreferenceBatch> {
    private final Stage stage;
    private final PairSets sets;
    private final List<PreferencePair> pairs;
    private final Shape shape;

    /**
     * @param rows pairs of a micro-batch, over all ranks
     * @param microBatches of a step
     * @param seed of the order
     */
    record Shape(int rows, int microBatches, long seed) {}

    /** @throws DataException if no pair has a label for the stage */
    StageData(Stage stage, PairSets sets, Shape shape) {
        this.stage = stage;
        this.sets = sets;
        this.pairs = sets.of(stage);
        this.shape = shape;
        if (pairs.isEmpty()) {
            throw new DataException(sets.source() + ": no pair has a label for phase " + stage.key());
        }
    }

    @Override
    public PreferenceBatch train(long step, int microBatch) {
        if (step < 0 || microBatch < 0 || microBatch >= shape.microBatches) {
            throw new IllegalArgumentException(
                    "step " + step + " micro batch " + microBatch + " of " + shape.microBatches + " a step");
        }
        long first = (step * shape.microBatches + microBatch) * shape.rows;
        return new PreferenceBatch(
                stage,
                LongStream.range(first, first + shape.rows).mapToObj(this::pair).toList());
    }

    private PreferencePair pair(long row) {
        long epoch = row / pairs.size();
        WindowOrder order = new WindowOrder(shape.seed * 31 + epoch, pairs.size());
        return pairs.get((int) order.at(row % pairs.size()));
    }

    @Override
    public int validationBatches() {
        return (sets.validation().size() + shape.rows - 1) / shape.rows;
    }

    @Override
    public PreferenceBatch validation(int index) {
        if (index < 0 || index >= validationBatches()) {
            throw new IllegalArgumentException("validation batch " + index + " of " + validationBatches());
        }
        int first = index * shape.rows;
        int end = Math.min(sets.validation().size(), first + shape.rows);
        return new PreferenceBatch(stage, sets.validation().subList(first, end));
    }

    /** 0: losses are of pairs and not of text. */
    @Override
    public long validationBytes() {
        return 0;
    }

    @Override
    public int vocabularySize() {
        return sets.vocabularySize();
    }

    @Override
    public String fingerprint() {
        return stage.key() + " of " + sets.source() + ", seed " + shape.seed;
    }

    @Override
    public String describe() {
        return pairs.size() + " pairs of " + sets.source();
    }
}
