package io.witan.scheduler.simulate.table;

/**
 * A published figure, or range, beside ours.
 *
 * @param label case and system
 * @param unit of both
 * @param least of what was published; NaN if nothing was
 * @param most the same as least for a single figure
 * @param ours simulated
 * @param role whether a constant was fitted to it
 */
public record TableRow(String label, String unit, double least, double most, double ours, Role role) {
    /** What a row is for. */
    public enum Role {
        /** Constants of the testbed were fitted to it. */
        FITTED,
        /** Predicted. */
        PREDICTED,
        /** Only ours: nothing was published. */
        OURS
    }

    /** A figure that is predicted. */
    static TableRow predicted(String label, String unit, double paper, double ours) {
        return new TableRow(label, unit, paper, paper, ours, Role.PREDICTED);
    }

    /** A figure that a constant was fitted to. */
    static TableRow fitted(String label, String unit, double paper, double ours) {
        return new TableRow(label, unit, paper, paper, ours, Role.FITTED);
    }

    /** A range that is predicted. */
    static TableRow within(String label, String unit, double least, double most, double ours) {
        return new TableRow(label, unit, least, most, ours, Role.PREDICTED);
    }

    /** A figure of ours. */
    static TableRow ours(String label, String unit, double ours) {
        return new TableRow(label, unit, Double.NaN, Double.NaN, ours, Role.OURS);
    }

    /** Distance of ours from the figure, or from the nearer end of the range, over it; 0 inside the range, NaN without one. */
    public double error() {
        if (ours < least) {
            return ours / least - 1;
        }
        return ours > most ? ours / most - 1 : least + ours - least - ours;
    }
}
