package io.witan.runtime.routing;

/**
 * Draws K different experts so that each is among them with exactly its probability: systematic sampling (Madow 1949). The experts
 * lie along a line, each as long as its probability; K points at distance 1, with a random first one, choose those they fall on.
 * Several drawn orders of the line keep neighbours from always coming together. Lengths are whole numbers of 2^-32, so that no expert is
 * chosen twice and nothing depends on rounding.
 */
final class ExpertDraw {
    private static final long ONE = 1L << 32;
    private static final int LINES = 16;

    private final int[][] order = new int[LINES][];
    private final long[][] end = new long[LINES][];

    /**
     * @param inclusion [E] probabilities that add up to K, none above 1
     * @param bits of the lines' orders
     */
    ExpertDraw(double[] inclusion, int topK, long bits) {
        long[] length = lengths(inclusion, topK);
        for (int line = 0; line < LINES; line++) {
            order[line] = Mixed.order(length.length, Mixed.bits(bits, line));
            end[line] = new long[length.length];
            long at = 0;
            for (int i = 0; i < length.length; i++) {
                at += length[order[line][i]];
                end[line][i] = at;
            }
        }
    }

    /** Rounded so that they add up to K exactly and none is above 1. */
    private static long[] lengths(double[] inclusion, int topK) {
        long[] length = new long[inclusion.length];
        long missing = topK * ONE;
        for (int e = 0; e < length.length; e++) {
            length[e] = Math.clamp((long) (inclusion[e] * ONE), 0L, ONE);
            missing -= length[e];
        }
        if (missing < 0 || missing > ONE / 2) {
            throw new IllegalArgumentException("the probabilities of " + length.length + " experts add up to "
                    + (topK - (double) missing / ONE) + ", not to " + topK);
        }
        // A few 2^-32: to those that have room, the likeliest first, but to none that is never chosen.
        while (missing > 0) {
            int best = -1;
            for (int e = 0; e < length.length; e++) {
                if (length[e] < ONE && (best < 0 || length[e] > length[best])) {
                    best = e;
                }
            }
            long more = Math.min(missing, ONE - length[best]);
            length[best] += more;
            missing -= more;
        }
        return length;
    }

    /**
     * @param bits of a token
     * @param chosen K different experts, out
     */
    void draw(long bits, int[] chosen) {
        int line = (int) (bits & LINES - 1);
        long point = bits >>> 32;
        for (int k = 0; k < chosen.length; k++) {
            chosen[k] = order[line][firstBeyond(end[line], point)];
            point += ONE;
        }
    }

    private static int firstBeyond(long[] ends, long point) {
        int low = 0;
        int high = ends.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ends[middle] > point) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
