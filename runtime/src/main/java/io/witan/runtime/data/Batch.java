package io.witan.runtime.data;

/**
 * Rows of one micro batch: what a model learns from, in whatever form it takes them. A row is never cut; ranks get
 * neighbouring rows.
 *
 * @param <B> the batch itself
 */
public interface Batch<B extends Batch<B>> {
    /** Rows, at least 0. */
    int rows();

    /** Tokens that the rows {@code fromRow .. toRow - 1} bring through the model. */
    int tokenCount(int fromRow, int toRow);

    /** Targets of these rows that count: the divisor of the mean loss. */
    int targetCount(int fromRow, int toRow);

    /** [rows] task number of each row, from 0; empty: there are no tasks. The caller's to read, not to change. */
    int[] tasks();

    /**
     * A copy of the rows {@code fromRow .. toRow - 1}.
     *
     * @throws IllegalArgumentException if they are not in the batch
     */
    B slice(int fromRow, int toRow);

    /** Tokens of all rows. */
    default int tokenCount() {
        return tokenCount(0, rows());
    }

    /** Targets of all rows that count. */
    default int targetCount() {
        return targetCount(0, rows());
    }

    /** The first row of {@link #ofRank}; {@code rows} for the rank after the last. */
    default int firstRowOf(int rank, int rankCount) {
        return (int) ((long) rank * rows() / rankCount);
    }

    /** The rows of one rank, {@code rank * rows / rankCount .. (rank + 1) * rows / rankCount - 1}; may be none. */
    default B ofRank(int rank, int rankCount) {
        if (rank < 0 || rank >= rankCount) {
            throw new IllegalArgumentException("rank " + rank + " of " + rankCount);
        }
        return slice(firstRowOf(rank, rankCount), firstRowOf(rank + 1, rankCount));
    }
}
