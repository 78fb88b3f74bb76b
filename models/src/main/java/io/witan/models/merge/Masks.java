package io.witan.models.merge;

/** Where a task's vector matters in a merged model (TALL masks, Wang et al., arXiv 2405.07813). */
final class Masks {
    private Masks() {}

    /**
     * Whether a task's value is at least so many times as large as what merging changed of it.
     *
     * @param merged what the merged model adds to the base
     */
    static boolean holds(float value, double merged, double times) {
        return Math.abs((double) value) >= times * Math.abs(merged - value);
    }
}
