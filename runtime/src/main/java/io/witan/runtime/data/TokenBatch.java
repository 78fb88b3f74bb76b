package io.witan.runtime.data;

import java.util.Arrays;

/**
 * Token ids of one micro batch. The arrays are the caller's to read, not to change.
 *
 * @param rows B, at least 0
 * @param positions S, at least 1
 * @param inputs [rows, positions] ids: {@code inputs[row * positions + t]}
 * @param targets [rows, positions] the id that follows each input, {@link #IGNORED} for none
 * @param tasks [rows] task number of each row, from 0; empty: there are no tasks
 */
public record TokenBatch(int rows, int positions, int[] inputs, int[] targets, int[] tasks)
        implements Batch<TokenBatch> {
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
        if (tasks.length != 0 && tasks.length != rows) {
            throw new IllegalArgumentException("a batch of " + rows + " rows got " + tasks.length + " tasks");
        }
    }

    /** Without tasks. */
    public TokenBatch(int rows, int positions, int[] inputs, int[] targets) {
        this(rows, positions, inputs, targets, new int[0]);
    }

    @Override
    public TokenBatch slice(int fromRow, int toRow) {
        if (fromRow < 0 || toRow < fromRow || toRow > rows) {
            throw new IllegalArgumentException("rows " + fromRow + ".." + toRow + " of " + rows);
        }
        return new TokenBatch(
                toRow - fromRow,
                positions,
                Arrays.copyOfRange(inputs, fromRow * positions, toRow * positions),
                Arrays.copyOfRange(targets, fromRow * positions, toRow * positions),
                tasks.length == 0 ? tasks : Arrays.copyOfRange(tasks, fromRow, toRow));
    }

    @Override
    public int tokenCount(int fromRow, int toRow) {
        return (toRow - fromRow) * positions;
    }

    @Override
    public int targetCount(int fromRow, int toRow) {
        int count = 0;
        for (int i = fromRow * positions; i < toRow * positions; i++) {
            count += targets[i] >= 0 ? 1 : 0;
        }
        return count;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TokenBatch that
                && rows == that.rows
                && positions == that.positions
                && Arrays.equals(inputs, that.inputs)
                && Arrays.equals(targets, that.targets)
                && Arrays.equals(tasks, that.tasks);
    }

    @Override
    public int hashCode() {
        int ids = Arrays.hashCode(inputs) * 31 + Arrays.hashCode(targets);
        return (ids * 31 + Arrays.hashCode(tasks)) * 31 + positions;
    }
}
