package io.witan.runtime.data;

import java.util.Arrays;

/**
 * The token stream of the replayable peer benchmark, for comparing losses with another program. A 64-bit linear
 * congruential generator x = x * 6364136223846793005 + 1442695040888963407 from x = 7 gives draws x >>> 33; a state s from 0;
 * for each token, a draw r: if r mod 4 is not 0, s = (5 s + 17) mod 512, else s = (another draw) mod 512; the id is
 * s * (V / 512) + 5. A micro batch takes the next B * (S + 1) tokens as B rows. There is no validation data.
 *
 * <p>How many draws a token takes depends on the draws, so a far step is found by replay, at some nanoseconds a token, from
 * the nearest of the marks that are kept every 2^16 tokens.
 */
final class LcgTokens implements TrainingData<TokenBatch> {
    static final int STATES = 512;
    private static final int FIRST_ID = 5;
    private static final long SEED = 7;
    private static final int MARK_EVERY = 1 << 16;

    private final BatchShape shape;
    private final int vocabularySize;
    private final Object lock = new Object();
    private long[] markDraws = {SEED};
    private short[] markStates = {0};
    private int marks = 1;

    /** @throws DataException if the vocabulary is too small for the stream's ids */
    LcgTokens(int vocabularySize, BatchShape shape) {
        this.vocabularySize = vocabularySize;
        this.shape = shape;
        long greatest = (STATES - 1L) * (vocabularySize / STATES) + FIRST_ID;
        if (vocabularySize < STATES || greatest >= vocabularySize) {
            throw new DataException("data.vocabulary_size " + vocabularySize
                    + " is too small for the lcg stream, whose ids" + " reach " + greatest);
        }
    }

    @Override
    public TokenBatch train(long step, int microBatch) {
        int width = shape.positions() + 1;
        long firstToken = Math.multiplyExact(shape.firstRow(step, microBatch), width);
        Cursor cursor = cursorAt(firstToken);
        int[] inputs = new int[shape.rows() * shape.positions()];
        int[] targets = new int[inputs.length];
        for (int row = 0; row < shape.rows(); row++) {
            int previous = id(cursor.next());
            for (int t = row * shape.positions(); t < (row + 1) * shape.positions(); t++) {
                inputs[t] = previous;
                previous = id(cursor.next());
                targets[t] = previous;
            }
        }
        return new TokenBatch(shape.rows(), shape.positions(), inputs, targets);
    }

    private int id(int state) {
        return state * (vocabularySize / STATES) + FIRST_ID;
    }

    private Cursor cursorAt(long token) {
        synchronized (lock) {
            int wanted = Math.toIntExact(token / MARK_EVERY);
            while (marks <= wanted) {
                Cursor cursor = new Cursor(markDraws[marks - 1], markStates[marks - 1]);
                cursor.skip(MARK_EVERY);
                keep(cursor);
            }
            Cursor cursor = new Cursor(markDraws[wanted], markStates[wanted]);
            cursor.skip(token % MARK_EVERY);
            return cursor;
        }
    }

    private void keep(Cursor cursor) {
        if (marks == markDraws.length) {
            markDraws = Arrays.copyOf(markDraws, marks * 2);
            markStates = Arrays.copyOf(markStates, marks * 2);
        }
        markDraws[marks] = cursor.x;
        markStates[marks] = (short) cursor.state;
        marks++;
    }

    @Override
    public int validationBatches() {
        return 0;
    }

    @Override
    public TokenBatch validation(int index) {
        throw new IllegalArgumentException("validation batch " + index + " of 0");
    }

    @Override
    public long validationBytes() {
        return 0;
    }

    @Override
    public int vocabularySize() {
        return vocabularySize;
    }

    @Override
    public String fingerprint() {
        return "lcg vocabulary=%d rows=%d positions=%d micro_batches=%d"
                .formatted(vocabularySize, shape.rows(), shape.positions(), shape.microBatches());
    }

    @Override
    public String describe() {
        return "an endless pseudo-random token stream, nothing held back";
    }

    /** A place in the stream. */
    private static final class Cursor {
        private long x;
        private int state;

        Cursor(long x, int state) {
            this.x = x;
            this.state = state;
        }

        void skip(long tokens) {
            for (long i = 0; i < tokens; i++) {
                next();
            }
        }

        int next() {
            state = (draw() & 3) != 0 ? (state * 5 + 17) % STATES : (int) (draw() % STATES);
            return state;
        }

        private long draw() {
            x = x * 6364136223846793005L + 1442695040888963407L;
            return x >>> 33;
        }
    }
}
