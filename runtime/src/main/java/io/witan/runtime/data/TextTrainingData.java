package io.witan.runtime.data;

import java.util.Arrays;

/**
 * Text as training data. The training documents are packed to one stream of N tokens, closed to a ring. An epoch cuts the
 * ring into floor(N / S) windows of S targets (at least one; S + 1 tokens with the first input) at a seeded offset and takes
 * them in a seeded order; the N mod S tokens that do not fill a window differ from epoch to epoch with the offset.
 *
 * <p>Validation takes windows in order, each once, without overlap; its first input is an end-of-text, so that the first
 * token is scored as well. The last batch is padded.
 */
final class TextTrainingData implements TrainingData<TokenBatch> {
    private final EncodedText text;
    private final BatchShape shape;
    private final long seed;
    private final PackedTokens train;
    private final PackedTokens validation;
    private final String fingerprint;

    TextTrainingData(EncodedText text, long seed, BatchShape shape) {
        this.text = text;
        this.shape = shape;
        this.seed = seed;
        this.train = text.train();
        this.validation = text.validation();
        this.fingerprint = "text %s seed=%d rows=%d positions=%d micro_batches=%d"
                .formatted(text.fingerprint(), seed, shape.rows(), shape.positions(), shape.microBatches());
    }

    /** Windows of an epoch. */
    long windows() {
        return Math.max(1, train.length() / shape.positions());
    }

    @Override
    public TokenBatch train(long step, int microBatch) {
        long first = shape.firstRow(step, microBatch);
        int positions = shape.positions();
        int[] inputs = new int[shape.rows() * positions];
        int[] targets = new int[inputs.length];
        for (int row = 0; row < shape.rows(); row++) {
            row(first + row, inputs, targets, row * positions);
        }
        return new TokenBatch(shape.rows(), positions, inputs, targets);
    }

    /**
     * One row of the stream.
     *
     * @param number of the row in the whole run
     * @param inputs S ids from {@code from} on, out
     * @param targets likewise
     */
    void row(long number, int[] inputs, int[] targets, int from) {
        long start = windowStart(number);
        int previous = at(start);
        for (int t = 0; t < shape.positions(); t++) {
            inputs[from + t] = previous;
            previous = at(start + t + 1);
            targets[from + t] = previous;
        }
    }

    private long windowStart(long row) {
        long epoch = row / windows();
        long epochSeed = WindowOrder.mix(seed ^ WindowOrder.mix(epoch));
        long offset = Math.floorMod(WindowOrder.mix(~epochSeed), train.length());
        return offset + new WindowOrder(epochSeed, windows()).at(row % windows()) * shape.positions();
    }

    private int at(long place) {
        return train.ids()[(int) (place % train.length())];
    }

    @Override
    public int validationBatches() {
        int targets = shape.rows() * shape.positions();
        return (int) ((validation.length() + (long) targets - 1) / targets);
    }

    @Override
    public TokenBatch validation(int index) {
        if (index < 0 || index >= validationBatches()) {
            throw new IllegalArgumentException("validation batch " + index + " of " + validationBatches());
        }
        int[] inputs = new int[shape.rows() * shape.positions()];
        int[] targets = new int[inputs.length];
        Arrays.fill(inputs, text.endOfText());
        Arrays.fill(targets, TokenBatch.IGNORED);
        int first = index * inputs.length;
        int count = Math.min(inputs.length, validation.length() - first);
        System.arraycopy(validation.ids(), first, targets, 0, count);
        int skipped = first == 0 ? 1 : 0;
        System.arraycopy(validation.ids(), first - 1 + skipped, inputs, skipped, count - skipped);
        return new TokenBatch(shape.rows(), shape.positions(), inputs, targets);
    }

    @Override
    public long validationBytes() {
        return text.split().validation().utf8Bytes();
    }

    @Override
    public int vocabularySize() {
        return text.vocabularySize();
    }

    @Override
    public String fingerprint() {
        return fingerprint;
    }

    @Override
    public String describe() {
        return "%d documents, %d tokens, %d windows of %d to train on; %d documents, %d tokens held back"
                .formatted(
                        text.split().train().count(),
                        train.length(),
                        windows(),
                        shape.positions(),
                        text.split().validation().count(),
                        validation.length());
    }
}
