package io.witan.runtime.engine;

/** Another rank could not do its part; its own error says why. */
public final class RankFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int rank;

    RankFailedException(int rank, String message) {
        super("rank " + rank + ": " + message);
        this.rank = rank;
    }

    public int rank() {
        return rank;
    }
}
