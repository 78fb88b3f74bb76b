package io.witan.runtime.data;

import java.util.Arrays;

/**
 * Token ids of one micro batch. The arrays are the caller's to read, not to change.
 *
 * @param rows B, at least 0
 * @param positions S, at least 1
 * @param inputs [rows, positions] ids: {@code inputs[row * positions + t]}
 * @param targets [rows, positions] the id that follows each input, {@link #IGNORED} for none
 */
public record TokenBatch(int rows, int positions, int[] inputs, int[] targets) {
    /** The target of padding: no loss, no gradient. */
    public static final int IGNORED = -1;

    public TokenBatch {
        if (rows < 0 || positions < 1) {
            throw new IllegalArgumentException("a batch of " + rows + " rows of " + positions + " positions");
        }
        if (inputs.length != rows * positions || targets.length != rows * positions) {
            throw new IllegalArgumentException("a batch of " + rows + " rows of " + positions + " positions got "
                    + inputs.length + " inputs and " + targets.length + " targets");
        }
    }

    /** A copy of the rows {@code fromRow .. toRow - 1}. */
    public TokenBatch slice(int fromRow, int toRow) {
        if (fromRow < 0 || toRow < fromRow || toRow > rows) {
            throw new IllegalArgumentException("rows " + fromRow + ".." + toRow + " of " + rows);
        }
        return new TokenBatch(
                toRow - fromRow,
                positions,
                Arrays.copyOfRange(inputs, fromRow * positions, toRow * positions),
                Arrays.copyOfRange(targets, fromRow * positions, toRow * positions));
    }

    /** The rows of one rank, {@code rank * rows / rankCount .. (rank + 1) * rows / rankCount - 1}; may be none. */
    public TokenBatch ofRank(int rank, int rankCount) {
        if (rank < 0 || rank >= rankCount) {
            throw new IllegalArgumentException("rank " + rank + " of " + rankCount);
        }
        return slice(firstRowOf(rank, rankCount), firstRowOf(rank + 1, rankCount));
    }

    /** The first row of {@link #ofRank}; {@code rows} for the rank after the last. */
    public int firstRowOf(int rank, int rankCount) {
        return (int) ((long) rank * rows / rankCount);
    }

    /** Targets that count: the divisor of the mean loss. */
    public int targetCount() {
        int count = 0;
        for (int target : targets) {
            count += target >= 0 ? 1 : 0;
        }
        return count;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TokenBatch that
                && rows == that.rows
                && positions == that.positions
                && Arrays.equals(inputs, that.inputs)
                && Arrays.equals(targets, that.targets);
    }

    @Override
    public int hashCode() {
        return (Arrays.hashCode(inputs) * 31 + Arrays.hashCode(targets)) * 31 + positions;
    }
}
