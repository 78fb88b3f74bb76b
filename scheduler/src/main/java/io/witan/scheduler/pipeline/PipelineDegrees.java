package io.witan.scheduler.pipeline;

/**
 * Into how many messages the dispatch of a layer is cut, and its combine, in forward and in backward. Experts compute as many pieces as the
 * larger of the two in both, so that backward finds what forward has kept.
 *
 * @param forward 1 exchanges all rows at once
 * @param backward likewise
 */
public record PipelineDegrees(int forward, int backward) {
    /** Most messages of an exchange. */
    public static final int LARGEST = 64;

    /** Nothing is cut. */
    public static final PipelineDegrees SERIAL = new PipelineDegrees(1, 1);

    /** @throws IllegalArgumentException if a degree is not in 1..{@link #LARGEST}, or none divides the other */
    public PipelineDegrees {
        if (forward < 1 || forward > LARGEST || backward < 1 || backward > LARGEST) {
            throw new IllegalArgumentException("pipeline degrees " + forward + " (forward) and " + backward
                    + " (backward): allowed are 1.." + LARGEST);
        }
        if (Math.max(forward, backward) % Math.min(forward, backward) != 0) {
            throw new IllegalArgumentException("pipeline degrees " + forward + " (forward) and " + backward
                    + " (backward): one must divide the other");
        }
    }

    /** Pieces that rows are cut into. */
    public int pieces() {
        return Math.max(forward, backward);
    }
}
