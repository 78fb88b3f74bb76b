package io.witan.scheduler.fit;

import java.util.List;

/**
 * Whether timings of a run still agree with a fit. They have drifted when their mean residual is both large (over a share of the mean
 * predicted time) and no accident (over three standard errors, by the residuals of the fit or of the new timings, whichever are larger).
 *
 * @param meanResidualMs measured less predicted
 * @param relative mean residual over mean prediction
 * @param refit whether to fit anew
 */
public record Drift(double meanResidualMs, double relative, boolean refit) {
    private static final double STANDARD_ERRORS = 3;

    /**
     * @param tolerance share of the predicted time that is no reason to fit anew, above 0; 0.1 is 10 %
     * @throws IllegalArgumentException without at least two recent timings, or for a tolerance not above 0
     */
    public static Drift of(LinearFit fit, List<Sample> recent, double tolerance) {
        if (recent.size() < 2 || !(tolerance > 0)) {
            throw new IllegalArgumentException("drift of " + recent.size() + " timings with tolerance " + tolerance
                    + "; allowed 2 or more timings and a tolerance above 0");
        }
        int count = recent.size();
        double residuals = 0;
        double predicted = 0;
        for (Sample sample : recent) {
            double expected = fit.time().ms(sample.size());
            predicted += expected;
            residuals += sample.ms() - expected;
        }
        double mean = residuals / count;
        double spread = 0;
        for (Sample sample : recent) {
            double off = sample.ms() - fit.time().ms(sample.size()) - mean;
            spread += off * off;
        }
        double deviation = Math.max(fit.residualMs(), Math.sqrt(spread / (count - 1)));
        boolean large = Math.abs(mean) > tolerance * predicted / count;
        boolean noAccident = Math.abs(mean) > STANDARD_ERRORS * deviation / Math.sqrt(count);
        return new Drift(mean, predicted == 0 ? 0 : residuals / predicted, large && noAccident);
    }
}
