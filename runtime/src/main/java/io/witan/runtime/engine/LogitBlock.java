package io.witan.runtime.engine;

/** Logits exist for a block of rows at a time, so that they stay in cache and their memory does not grow with the batch. */
public final class LogitBlock {
    private static final long BYTES = 8L << 20;
    private static final int LEAST_ROWS = 16;

    private LogitBlock() {}

    /** Rows of a block, if there are as many. */
    public static int rows(int vocabulary) {
        return (int) Math.max(LEAST_ROWS, BYTES / Float.BYTES / vocabulary);
    }
}
