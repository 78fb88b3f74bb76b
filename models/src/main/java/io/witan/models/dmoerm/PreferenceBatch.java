package io.witan.models.dmoerm;

import io.witan.models.dmoerm.data.PreferencePair;
import io.witan.runtime.data.Batch;
import java.util.List;
import java.util.function.ToIntFunction;

/** Pairs, a row each, for one stage. Has no tasks: losses are not told by category. */
public record PreferenceBatch(Stage stage, List<PreferencePair> pairs) implements Batch<PreferenceBatch> {
    private static final int[] NO_TASKS = {};

    public PreferenceBatch {
        pairs = List.copyOf(pairs);
    }

    @Override
    public int rows() {
        return pairs.size();
    }

    @Override
    public int tokenCount(int fromRow, int toRow) {
        return sum(fromRow, toRow, stage::tokens);
    }

    @Override
    public int targetCount(int fromRow, int toRow) {
        return sum(fromRow, toRow, stage::targets);
    }

    private int sum(int fromRow, int toRow, ToIntFunction<PreferencePair> count) {
        return pairs.subList(fromRow, toRow).stream().mapToInt(count).sum();
    }

    @Override
    public int[] tasks() {
        return NO_TASKS;
    }

    @Override
    public PreferenceBatch slice(int fromRow, int toRow) {
        if (fromRow < 0 || toRow < fromRow || toRow > rows()) {
            throw new IllegalArgumentException("rows " + fromRow + ".." + toRow + " of " + rows());
        }
        return new PreferenceBatch(stage, pairs.subList(fromRow, toRow));
    }
}
