package io.witan.models.merge;

/** Where a task's vector matters in a merged model (TALL masks, Wang et al., arXiv 2405.07813). */
final class Masks {
    private Masks() {}

    /**
     * Whether a task's value is at least so many times as large as what the other tasks add to it.
     *
     * @param sum of all tasks' values
     */
    static boolean holds(float value, double sum, double times) {
        return Math.abs((double) value) >= times * Math.abs(sum - value);
    }
}
