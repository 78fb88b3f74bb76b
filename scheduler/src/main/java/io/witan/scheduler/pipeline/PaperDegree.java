package io.witan.scheduler.pipeline;

/**
 * The degree as the paper finds it (FSMoE, algorithm 1), for comparison: each closed form minimised over real degrees within its
 * predicates, the optimum rounded to powers of two up to 8 and checked again, the best of all taken. The paper minimises by sequential
 * quadratic programming; in one variable, where every limit is a quadratic's sign, the same optimum is had exactly: it is at an end of an
 * interval or at the closed form's own minimum. {@link DegreeSearch} is exact in the end too, which this is not.
 */
public final class PaperDegree {
    private static final int LARGEST = 8;
    private static final double SLACK = 1e-5;

    private PaperDegree() {}

    /** @param gradientMs all-reduce placed in the layer, 0 for none */
    public static DegreeChoice best(MoeWork work, double gradientMs) {
        DegreeChoice best = null;
        for (PaperRegion region : PaperRegion.of(work, gradientMs)) {
            double optimum = region.optimum(LARGEST, SLACK);
            if (!Double.isNaN(optimum)) {
                best = better(best, region, powerBelow(optimum));
                best = better(best, region, powerAbove(optimum));
            }
        }
        // The paper has no answer where rounding leaves every region; one chunk is always possible.
        return best != null ? best : new DegreeChoice(1, PaperCase.paperMs(work.chunk(1), gradientMs));
    }

    private static DegreeChoice better(DegreeChoice best, PaperRegion region, int degree) {
        if (!region.holds(degree, SLACK)) {
            return best;
        }
        double ms = region.objective().at(degree);
        return best == null || ms < best.ms() ? new DegreeChoice(degree, ms) : best;
    }

    private static int powerBelow(double degree) {
        return Integer.highestOneBit((int) Math.floor(degree));
    }

    private static int powerAbove(double degree) {
        int whole = (int) Math.ceil(degree);
        int below = Integer.highestOneBit(whole);
        return below == whole ? whole : 2 * below;
    }
}
