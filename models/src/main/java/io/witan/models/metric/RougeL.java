package io.witan.models.metric;

/** ROUGE-L (Lin 2004) of one text: F1 of the longest common subsequence; a collection has the mean. */
public final class RougeL {
    private RougeL() {}

    /** 0 if nothing is common. */
    public static double of(int[] reference, int[] text) {
        int common = longestCommon(reference, text);
        return common == 0 ? 0 : 2.0 * common / (reference.length + text.length);
    }

    private static int longestCommon(int[] a, int[] b) {
        int[] best = new int[b.length + 1];
        for (int token : a) {
            int diagonal = 0;
            for (int j = 1; j <= b.length; j++) {
                int above = best[j];
                best[j] = token == b[j - 1] ? diagonal + 1 : Math.max(above, best[j - 1]);
                diagonal = above;
            }
        }
        return best[b.length];
    }
}
