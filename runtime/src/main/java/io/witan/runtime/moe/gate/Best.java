package io.witan.runtime.moe.gate;

/** The best experts of a token: larger value first, equal ones by lower id. */
final class Best {
    private Best() {}

    /**
     * @param value [E]; if one is NaN, experts 0, 1, ... are taken, so that ids stay valid and the loss shows the NaN
     * @param chosen K of them, out; K at most E
     */
    static void choose(double[] value, int[] chosen) {
        boolean broken = false;
        for (double v : value) {
            broken |= Double.isNaN(v);
        }
        double last = Double.POSITIVE_INFINITY;
        int lastId = -1;
        for (int k = 0; k < chosen.length; k++) {
            int id = broken ? k : next(value, last, lastId);
            chosen[k] = id;
            last = value[id];
            lastId = id;
        }
    }

    private static int next(double[] value, double last, int lastId) {
        int best = -1;
        for (int e = 0; e < value.length; e++) {
            boolean after = value[e] < last || value[e] == last && e > lastId;
            if (after && (best < 0 || value[e] > value[best])) {
                best = e;
            }
        }
        return best;
    }
}
