package io.witan.scheduler.simulate.fsmoe;

/**
 * A row of the paper's Table 2: times of one layer's computing at batch 4, length 1024, capacity 2.4. Its columns of collectives aren't used.
 *
 * @param expert forward, backward
 * @param routing forward, backward
 * @param order forward, backward, both orders together
 * @param attention forward, backward
 */
record MeasuredLayer(Pass expert, Pass routing, Pass order, Pass attention) {
    static final int BATCH = 4;
    static final int SEQUENCE = 1024;
    static final double CAPACITY = 2.4;

    /** Milliseconds. */
    record Pass(double forward, double backward) {}
}
