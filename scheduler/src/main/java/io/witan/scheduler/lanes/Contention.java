package io.witan.scheduler.lanes;

/**
 * How much lanes slow each other down. While two lanes are busy, each goes on at 1 / (1 + factor) of its speed alone; with all three the
 * two factors add up. 0 is ideal overlap, 1 is as slow as one after the other. Immutable.
 *
 * @param interIntra between the network and the links inside a node
 * @param interCompute between the network and computing
 * @param intraCompute between the links inside a node and computing
 */
public record Contention(double interIntra, double interCompute, double intraCompute) {
    /** Lanes that don't disturb each other. */
    public static final Contention NONE = new Contention(0, 0, 0);

    /** @throws IllegalArgumentException if a factor is negative or not finite */
    public Contention {
        if (!(allowed(interIntra) && allowed(interCompute) && allowed(intraCompute))) {
            throw new IllegalArgumentException("contention factors " + interIntra + ", " + interCompute + ", "
                    + intraCompute + "; allowed 0 or more, finite");
        }
    }

    /** The same factor for each pair of lanes. */
    public static Contention uniform(double factor) {
        return new Contention(factor, factor, factor);
    }

    /**
     * The factor of one pair of lanes from a measurement: two operations started together, each timed alone before. Both are slowed
     * while the shorter runs: together = shorter x (1 + factor) + longer - shorter.
     *
     * @return 0 if they took no longer than the longer alone
     * @throws IllegalArgumentException if a time is not finite and above 0
     */
    public static double factorOf(double firstAloneMs, double secondAloneMs, double togetherMs) {
        double shorter = Math.min(firstAloneMs, secondAloneMs);
        double longer = Math.max(firstAloneMs, secondAloneMs);
        if (!(shorter > 0) || !Double.isFinite(longer) || !(togetherMs > 0) || !Double.isFinite(togetherMs)) {
            throw new IllegalArgumentException("contention of " + firstAloneMs + " ms and " + secondAloneMs
                    + " ms alone, " + togetherMs + " ms together; allowed finite times above 0");
        }
        return Math.max(0, (togetherMs - longer) / shorter);
    }

    /** Whether lanes don't disturb each other. */
    public boolean isNone() {
        return interIntra == 0 && interCompute == 0 && intraCompute == 0;
    }

    /** What a lane's remaining time is multiplied by while the given lanes (itself among them) are busy. */
    double slowDown(Lane lane, boolean inter, boolean intra, boolean compute) {
        return switch (lane) {
            case INTER_NODE -> 1 + (intra ? interIntra : 0) + (compute ? interCompute : 0);
            case INTRA_NODE -> 1 + (inter ? interIntra : 0) + (compute ? intraCompute : 0);
            case COMPUTE -> 1 + (inter ? interCompute : 0) + (intra ? intraCompute : 0);
        };
    }

    private static boolean allowed(double factor) {
        return factor >= 0 && Double.isFinite(factor);
    }
}
