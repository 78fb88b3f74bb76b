package io.witan.models.seq2seq;

import io.witan.runtime.data.Batch;
import io.witan.runtime.data.TrainingData;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Batches of one source of rows. The last validation batch may have fewer rows than the others.
 *
 * @param <R> the rows
 * @param <B> form of the batches
 */
public final class RowData<R, B extends Batch<B>> implements TrainingData<B> {
    private final RowSource<R> source;
    private final Form<R, B> form;
    private final Shape shape;
    private final int vocabularySize;
    private final String fingerprint;

    /**
     * The sizes of a step.
     *
     * @param rows B of a micro batch, over all ranks
     * @param microBatches of a step
     * @param mostValidationRows that are scored
     */
    public record Shape(int rows, int microBatches, int mostValidationRows) {
        public Shape {
            if (rows < 1 || microBatches < 1 || mostValidationRows < 0) {
                throw new IllegalArgumentException("a step of " + microBatches + " micro batches of " + rows
                        + " rows, validation on " + mostValidationRows);
            }
        }
    }

    /**
     * How rows make a batch.
     *
     * @param batch of rows, in order
     * @param tasks names of the tasks, in the order of the rows' numbers
     */
    public record Form<R, B extends Batch<B>>(Function<List<R>, B> batch, List<String> tasks) {}

    /** @param fingerprint of all that the source makes rows of */
    public RowData(RowSource<R> source, Form<R, B> form, Shape shape, int vocabularySize, String fingerprint) {
        this.source = source;
        this.form = form;
        this.shape = shape;
        this.vocabularySize = vocabularySize;
        this.fingerprint = fingerprint;
    }

    @Override
    public B train(long step, int microBatch) {
        if (step < 0 || microBatch < 0 || microBatch >= shape.microBatches) {
            throw new IllegalArgumentException(
                    "step " + step + " micro batch " + microBatch + " of " + shape.microBatches + " a step");
        }
        long first = Math.multiplyExact(Math.addExact(step * shape.microBatches, (long) microBatch), (long) shape.rows);
        return form.batch.apply(LongStream.range(first, first + shape.rows)
                .mapToObj(source::train)
                .toList());
    }

    @Override
    public int validationBatches() {
        return Math.ceilDiv(scoredRows(), shape.rows);
    }

    private int scoredRows() {
        return Math.min(source.validationRows(), shape.mostValidationRows);
    }

    @Override
    public B validation(int index) {
        if (index < 0 || index >= validationBatches()) {
            throw new IllegalArgumentException("validation batch " + index + " of " + validationBatches());
        }
        int first = index * shape.rows;
        int end = Math.min(first + shape.rows, scoredRows());
        return form.batch.apply(
                IntStream.range(first, end).mapToObj(source::validation).toList());
    }

    /** Rows have no text that a loss could be set against. */
    @Override
    public long validationBytes() {
        return 0;
    }

    @Override
    public int vocabularySize() {
        return vocabularySize;
    }

    @Override
    public List<String> tasks() {
        return form.tasks;
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }

    @Override
    public String describe() {
        return source.describe();
    }
}
