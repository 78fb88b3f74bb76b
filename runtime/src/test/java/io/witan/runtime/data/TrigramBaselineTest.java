package io.witan.runtime.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.witan.runtime.data.arithmetic.ArithmeticCorpus;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class TrigramBaselineTest {
    private static Documents corpus(int from, int to) {
        return new Documents(LongStream.range(from, to)
                .mapToObj(i -> ArithmeticCorpus.document(1, i))
                .toList());
    }

    /** The formula again, with counts in maps of strings of symbols. */
    private static final class Plain {
        private final Map<String, Integer> counts = new HashMap<>();

        Plain(Documents documents) {
            for (String text : documents.texts()) {
                int[] s = symbols(text);
                for (int i = 2; i < s.length; i++) {
                    List.of(
                                    "",
                                    " " + s[i],
                                    s[i - 1] + ">",
                                    s[i - 1] + ">" + s[i],
                                    key(s, i) + ">",
                                    key(s, i) + ">" + s[i])
                            .forEach(key -> counts.merge(key, 1, Integer::sum));
                }
            }
        }

        private static String key(int[] s, int i) {
            return s[i - 2] + "," + s[i - 1];
        }

        static int[] symbols(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            int[] symbols = new int[bytes.length + 3];
            symbols[0] = 256;
            symbols[1] = 256;
            for (int i = 0; i < bytes.length; i++) {
                symbols[i + 2] = Byte.toUnsignedInt(bytes[i]);
            }
            symbols[bytes.length + 2] = 256;
            return symbols;
        }

        double natsPerByte(Documents documents, double[] w) {
            double nats = 0;
            long bytes = 0;
            for (String text : documents.texts()) {
                int[] s = symbols(text);
                bytes += s.length - 3;
                for (int i = 2; i < s.length; i++) {
                    double uniform = 1.0 / 257;
                    double one = get(" " + s[i]) / get("");
                    double two = seen(s[i - 1] + ">") ? get(s[i - 1] + ">" + s[i]) / get(s[i - 1] + ">") : one;
                    double three = seen(key(s, i) + ">") ? get(key(s, i) + ">" + s[i]) / get(key(s, i) + ">") : two;
                    nats -= Math.log(w[0] * uniform + w[1] * one + w[2] * two + w[3] * three);
                }
            }
            return nats / bytes;
        }

        private boolean seen(String key) {
            return counts.containsKey(key);
        }

        private double get(String key) {
            return counts.getOrDefault(key, 0);
        }
    }

    @Test
    void agreesWithThePlainFormula() {
        Documents train = corpus(0, 300);
        Documents validation = new Documents(List.of(corpus(300, 301).texts().getFirst(), "Ünseen ~ bytes 数", "z"));
        TrigramBaseline baseline = TrigramBaseline.fit(train);

        double plain = new Plain(train).natsPerByte(validation, baseline.weights());

        assertThat(baseline.natsPerByte(validation)).isCloseTo(plain, within(1e-12));
    }

    @Test
    void probabilitiesOfAContextAddUpToOne() {
        TrigramBaseline baseline = TrigramBaseline.fit(corpus(0, 50));
        int[][] contexts = {{256, 256}, {'a', 'n'}, {256, 'B'}, {0, 'a'}, {0, 1}, {'q', 255}, {'7', 256}};
        for (int[] context : contexts) {
            double sum = 0;
            for (int b = 0; b < TrigramBaseline.SYMBOLS; b++) {
                sum += baseline.probability(context[0], context[1], b);
            }
            assertThat(sum).isCloseTo(1, within(1e-12));
        }
    }

    @Test
    void fittedWeightsAreNearlyTheBestOnesForUnseenText() {
        Documents train = corpus(0, 300);
        Documents unseen = corpus(5000, 5040);
        TrigramBaseline baseline = TrigramBaseline.fit(train);
        double fitted = baseline.natsPerByte(unseen);
        Plain plain = new Plain(train);

        assertThat(baseline.weights()).hasSize(4);
        assertThat(baseline.weights()[0]).isPositive();
        double best = Double.MAX_VALUE;
        for (double three = 0.1; three < 0.99; three += 0.1) {
            for (double two = 0.05; two < 0.99 - three; two += 0.1) {
                double rest = 1 - three - two;
                best = Math.min(best, plain.natsPerByte(unseen, new double[] {rest / 2, rest / 2, two, three}));
            }
        }
        assertThat(fitted).isLessThan(best + 0.01).isLessThan(Math.log(257) / 3);
    }

    @Test
    void certainTextCostsNextToNothing() {
        Documents same = new Documents(Collections.nCopies(50, "abcdefgh".repeat(20)));
        assertThat(TrigramBaseline.fit(same).natsPerByte(same)).isLessThan(0.05);
    }

    @Test
    void oneDocumentIsTooFew() {
        assertThatThrownBy(() -> TrigramBaseline.fit(new Documents(List.of("a"))))
                .isInstanceOf(DataException.class)
                .hasMessage("a trigram baseline needs at least 2 training documents, got 1");
    }
}
