package io.witan.models.metric;

/** ROUGE-2 (Lin 2004) of one text: F1 of pairs of neighbouring tokens, each common as often as in both; a collection has the mean. */
public final class Rouge2 {
    /** Of the counts of {@link Bleu}, those of pairs. */
    private static final int PAIRS = 1;

    private Rouge2() {}

    /** 0 if neither text has a pair. */
    public static double of(int[] reference, int[] text) {
        Bleu counts = Bleu.of(reference, text);
        long pairs = counts.written()[PAIRS] + Math.max(0, reference.length - 1);
        return pairs == 0 ? 0 : 2.0 * counts.matches()[PAIRS] / pairs;
    }
}
