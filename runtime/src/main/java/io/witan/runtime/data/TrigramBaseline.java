package io.witan.runtime.data;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a model must beat: the probability of a byte given the two before it,
 *
 * <pre>p(b | x y) = w3 c(x y b)/c(x y) + w2 c(y b)/c(y) + w1 c(b)/c() + w0/257</pre>
 *
 * (Jelinek and Mercer's interpolation). A ratio whose context was never seen takes the value of the next shorter one, so
 * the sum over b is 1 for every context. The weights are fitted by expectation-maximisation on every tenth training
 * document with counts of the other nine; then all are counted. End-of-text is the 257th symbol: it is predicted after
 * each document, and stands twice before its first byte.
 */
public final class TrigramBaseline {
    static final int SYMBOLS = 257;
    private static final int END_OF_TEXT = 256;
    private static final int HELD_EVERY = 10;
    private static final int ITERATIONS = 20;
    private static final double LEAST_WEIGHT = 1e-6;

    private final Counts counts;
    private final double[] weights;

    private TrigramBaseline(Counts counts, double[] weights) {
        this.counts = counts;
        this.weights = weights;
    }

    /** @param train at least 2 documents */
    public static TrigramBaseline fit(Documents train) {
        if (train.count() < 2) {
            throw new DataException("a trigram baseline needs at least 2 training documents, got " + train.count());
        }
        int every = Math.min(HELD_EVERY, train.count());
        List<String> held = new ArrayList<>();
        Counts most = new Counts();
        Counts all = new Counts();
        for (int i = 0; i < train.count(); i++) {
            String text = train.texts().get(i);
            all.add(text);
            if (i % every == every - 1) {
                held.add(text);
            } else {
                most.add(text);
            }
        }
        return new TrigramBaseline(all, fitWeights(most, held));
    }

    /** Expectation-maximisation: a weight becomes the mean share of its term in the probabilities of the held-back bytes. */
    private static double[] fitWeights(Counts counts, List<String> held) {
        double[] weights = {0.25, 0.25, 0.25, 0.25};
        double[] terms = new double[4];
        for (int iteration = 0; iteration < ITERATIONS; iteration++) {
            double[] shares = new double[4];
            for (String text : held) {
                double[] current = weights;
                visit(text, (x, y, b) -> {
                    counts.terms(x, y, b, terms);
                    double p = dot(current, terms);
                    for (int i = 0; i < 4; i++) {
                        shares[i] += current[i] * terms[i] / p;
                    }
                });
            }
            weights = normalised(shares);
        }
        return weights;
    }

    private static double[] normalised(double[] shares) {
        double sum = 0;
        for (double share : shares) {
            sum += share;
        }
        double[] weights = new double[shares.length];
        double floored = 0;
        for (int i = 0; i < weights.length; i++) {
            weights[i] = Math.max(LEAST_WEIGHT, shares[i] / sum);
            floored += weights[i];
        }
        for (int i = 0; i < weights.length; i++) {
            weights[i] /= floored;
        }
        return weights;
    }

    /** Summed negative log probability of all bytes and ends of text, in nats, over the number of bytes. */
    public double natsPerByte(Documents documents) {
        double[] nats = {0};
        for (String text : documents.texts()) {
            visit(text, (x, y, b) -> nats[0] -= Math.log(probability(x, y, b)));
        }
        return nats[0] / documents.utf8Bytes();
    }

    /** The weights w0 (uniform), w1, w2, w3; their sum is 1. */
    public double[] weights() {
        return weights.clone();
    }

    /** p(b | x y); symbols are bytes 0..255 and 256 for end-of-text. */
    double probability(int x, int y, int b) {
        double[] terms = new double[4];
        counts.terms(x, y, b, terms);
        return dot(weights, terms);
    }

    private static double dot(double[] a, double[] b) {
        return a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
    }

    private interface Visitor {
        void symbol(int x, int y, int b);
    }

    private static void visit(String text, Visitor visitor) {
        int x = END_OF_TEXT;
        int y = END_OF_TEXT;
        for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
            int b = value & 0xff;
            visitor.symbol(x, y, b);
            x = y;
            y = b;
        }
        visitor.symbol(x, y, END_OF_TEXT);
    }

    /** Occurrences of one, two and three symbols in a row. A context's row is there once it was seen. */
    private static final class Counts {
        private final long[][] trigrams = new long[SYMBOLS * SYMBOLS][];
        private final long[][] bigrams = new long[SYMBOLS][];
        private final long[] unigrams = new long[SYMBOLS + 1];

        void add(String text) {
            visit(text, (x, y, b) -> {
                count(trigrams, x * SYMBOLS + y, b);
                count(bigrams, y, b);
                unigrams[b]++;
                unigrams[SYMBOLS]++;
            });
        }

        /** A row's last place is the sum of the others. */
        private static void count(long[][] rows, int context, int b) {
            if (rows[context] == null) {
                rows[context] = new long[SYMBOLS + 1];
            }
            rows[context][b]++;
            rows[context][SYMBOLS]++;
        }

        void terms(int x, int y, int b, double[] into) {
            into[0] = 1.0 / SYMBOLS;
            into[1] = ratio(unigrams, b, into[0]);
            into[2] = ratio(bigrams[y], b, into[1]);
            into[3] = ratio(trigrams[x * SYMBOLS + y], b, into[2]);
        }

        private static double ratio(long[] row, int b, double shorter) {
            return row == null ? shorter : (double) row[b] / row[SYMBOLS];
        }
    }
}
