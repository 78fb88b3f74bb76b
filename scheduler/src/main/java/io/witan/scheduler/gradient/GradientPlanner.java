package io.witan.scheduler.gradient;

/** The plan that training uses: the better of greedy filling and the best on a byte grid. */
public final class GradientPlanner {
    /** A finer grid gains less than profiles are exact. */
    private static final int UNITS = 512;

    private GradientPlanner() {}

    public static GradientPlan plan(GradientProblem problem) {
        GradientPlan onGrid = onGrid(problem, UNITS);
        GradientPlan greedy = greedy(problem);
        return greedy.totalMs() <= onGrid.totalMs() ? greedy : onGrid;
    }

    /** Only what hides for free travels in backward, the rest is exposed at the end. */
    public static GradientPlan greedy(GradientProblem problem) {
        return problem.plan(GreedyPartition.of(problem).sent());
    }

    /**
     * The best of all plans whose slices are multiples of a unit.
     *
     * @param units the bucket's bytes over the unit, rounded up to the alignment; time grows with its square
     * @throws IllegalArgumentException if units is below 1
     */
    public static GradientPlan onGrid(GradientProblem problem, int units) {
        if (units < 1) {
            throw new IllegalArgumentException("grid of " + units + " units; allowed 1 or more");
        }
        return problem.plan(GridPartition.best(problem, units));
    }
}
