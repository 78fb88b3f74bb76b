package io.witan.collectives.engine;

/** What a rank does by itself with bytes that are ready, in slices, so that more urgent lanes get their turn between. */
interface Action {
    /** Does a slice; returns the bytes done, 0 if nothing is ready or all is done. */
    long step();

    boolean isDone();
}
