package io.witan.models.ul2;

import io.witan.models.seq2seq.RowSource;
import io.witan.runtime.data.TaskShares;
import io.witan.runtime.data.WindowOrder;
import io.witan.runtime.data.arithmetic.Draws;
import java.util.Arrays;
import java.util.List;

/**
 * Rows to train and to validate on. In training each text comes once an epoch, damaged anew every time; denoisers have equal shares of the
 * rows. What is held back comes once for each denoiser, so that all are scored on the same texts, and is damaged alike for every seed. Of a text
 * that is longer than a row a stretch is drawn.
 */
final class DenoisingRows implements RowSource<DenoisedRow> {
    private static final List<Denoiser> DENOISERS = List.of(Denoiser.values());

    private final Texts texts;
    private final Pieces pieces;
    private final int mostTokens;
    private final long seed;
    private final TaskShares shares;

    /**
     * @param mostTokens n of a row at most
     * @param seed of order and draws in training
     */
    DenoisingRows(Texts texts, Pieces pieces, int mostTokens, long seed) {
        this.texts = texts;
        this.pieces = pieces;
        this.mostTokens = mostTokens;
        this.seed = seed;
        double[] weights = new double[DENOISERS.size()];
        Arrays.fill(weights, 1);
        this.shares = new TaskShares(DENOISERS.stream().map(Denoiser::name).toList(), weights, seed);
    }

    @Override
    public DenoisedRow train(long number) {
        Denoiser denoiser = DENOISERS.get(shares.at(number).task());
        return row(denoiser, ofEpochs(texts.train(), seed, number), new Draws(seed, number));
    }

    @Override
    public int validationRows() {
        return Math.multiplyExact(texts.heldBack().size(), DENOISERS.size());
    }

    /** Of as many rows in a row as there are denoisers each has one, all of the same text. */
    @Override
    public DenoisedRow validation(int number) {
        Denoiser denoiser = DENOISERS.get(number % DENOISERS.size());
        return row(denoiser, ofEpochs(texts.heldBack(), 0, number / DENOISERS.size()), new Draws(0, number));
    }

    @Override
    public String describe() {
        return texts.train().size() + " texts to train on, " + texts.heldBack().size() + " held back";
    }

    private static int[] ofEpochs(List<int[]> all, long seed, long number) {
        return all.get((int) WindowOrder.inEpochs(seed, all.size(), number));
    }

    private DenoisedRow row(Denoiser denoiser, int[] text, Draws draws) {
        int from = text.length > mostTokens ? draws.between(0, text.length - mostTokens) : 0;
        int[] stretch = Arrays.copyOfRange(text, from, Math.min(text.length, from + mostTokens));
        return DenoisedRow.of(denoiser, stretch, pieces, draws);
    }
}
