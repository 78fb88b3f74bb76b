package io.witan.models.metric;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Counts of BLEU-4 (Papineni et al. 2002), which add up over texts: the measure is of a whole collection, not a mean of texts.
 *
 * @param matches [4] n-grams of the written text that the reference has, each as often as there, n = 1 to 4
 * @param written [4] n-grams of the written text
 * @param writtenTokens length of the written text
 * @param referenceTokens length of the reference
 */
public record Bleu(long[] matches, long[] written, long writtenTokens, long referenceTokens) {
    private static final int ORDERS = 4;

    /** Of one text and its reference, as token ids. */
    public static Bleu of(int[] reference, int[] text) {
        long[] matches = new long[ORDERS];
        long[] written = new long[ORDERS];
        for (int n = 1; n <= ORDERS; n++) {
            Map<List<Integer>, Integer> known = grams(reference, n);
            for (Map.Entry<List<Integer>, Integer> gram : grams(text, n).entrySet()) {
                matches[n - 1] += Math.min(gram.getValue(), known.getOrDefault(gram.getKey(), 0));
            }
            written[n - 1] = Math.max(0, text.length - n + 1);
        }
        return new Bleu(matches, written, text.length, reference.length);
    }

    private static Map<List<Integer>, Integer> grams(int[] text, int n) {
        Map<List<Integer>, Integer> counts = new HashMap<>();
        for (int i = 0; i + n <= text.length; i++) {
            counts.merge(Arrays.stream(text, i, i + n).boxed().toList(), 1, Integer::sum);
        }
        return counts;
    }

    /** Of both collections together. */
    public Bleu plus(Bleu other) {
        long[] sums = IntStream.range(0, ORDERS)
                .mapToLong(n -> matches[n] + other.matches[n])
                .toArray();
        long[] totals = IntStream.range(0, ORDERS)
                .mapToLong(n -> written[n] + other.written[n])
                .toArray();
        return new Bleu(sums, totals, writtenTokens + other.writtenTokens, referenceTokens + other.referenceTokens);
    }

    /** The geometric mean of the four precisions times exp(1 - r / w) for what is too short; 0 if no n-gram of an order matches. */
    public double value() {
        double logs = 0;
        for (int n = 0; n < ORDERS; n++) {
            if (matches[n] == 0) {
                return 0;
            }
            logs += Math.log((double) matches[n] / written[n]) / ORDERS;
        }
        double brevity = Math.min(0, 1 - (double) referenceTokens / writtenTokens);
        return Math.exp(logs + brevity);
    }

    /** Of a collection, with the interval of texts drawn again. @param texts at least one */
    public static Interval interval(List<Bleu> texts, Bootstrap bootstrap) {
        return bootstrap.interval(texts.size(), rows -> Arrays.stream(rows)
                .mapToObj(texts::get)
                .reduce(Bleu::plus)
                .orElseThrow()
                .value());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bleu that
                && Arrays.equals(matches, that.matches)
                && Arrays.equals(written, that.written)
                && writtenTokens == that.writtenTokens
                && referenceTokens == that.referenceTokens;
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(matches) * 31 + Arrays.hashCode(written);
    }
}
