package io.witan.models.jiuzhang.collate;

/**
 * How likely each word is to be chosen. The rate rises linearly with the word's place, from {@value #LEAST} at the first to
 * 2 q - {@value #LEAST} at the last, q = {@value #SPARE} x rate: later words, those of the solution, are chosen more. (JiuZhang,
 * position-biased masking; the spare tenth makes up for chosen words that are kept.)
 *
 * @param rate mean share of words to hide; below 0.45, so that no rate exceeds 1
 */
public record MaskRates(double rate) {
    static final double LEAST = 0.01;
    static final double SPARE = 1.1;

    /** Of rows that are understood. */
    public static final MaskRates UNDERSTANDING = new MaskRates(0.15);
    /** Of rows that are written: twice as much. */
    public static final MaskRates GENERATION = new MaskRates(0.30);

    public MaskRates {
        if (rate < LEAST || 2 * SPARE * rate - LEAST > 1) {
            throw new IllegalArgumentException("a masking rate of " + rate);
        }
    }

    /** Of one word. @param word from 0, of {@code words}; one word alone has the mean */
    public double at(int word, int words) {
        double mean = SPARE * rate;
        return words == 1 ? mean : LEAST + (2 * mean - 2 * LEAST) * word / (words - 1);
    }
}
