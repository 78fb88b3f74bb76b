package io.witan.models.jiuzhang.collate;

import io.witan.runtime.data.Batch;
import java.util.List;

/** Rows of one micro batch. */
public record RowBatch(List<Row> all) implements Batch<RowBatch> {
    public RowBatch {
        all = List.copyOf(all);
    }

    @Override
    public int rows() {
        return all.size();
    }

    /** The encoder's, of both passes of rows that have two. */
    @Override
    public int tokenCount(int fromRow, int toRow) {
        return all.subList(fromRow, toRow).stream().mapToInt(Row::allTokens).sum();
    }

    /** Of both passes of rows that have two. */
    @Override
    public int targetCount(int fromRow, int toRow) {
        return all.subList(fromRow, toRow).stream().mapToInt(Row::allTargets).sum();
    }

    @Override
    public int[] tasks() {
        return all.stream().mapToInt(row -> row.task().ordinal()).toArray();
    }

    @Override
    public RowBatch slice(int fromRow, int toRow) {
        if (fromRow < 0 || toRow < fromRow || toRow > rows()) {
            throw new IllegalArgumentException("rows " + fromRow + ".." + toRow + " of " + rows());
        }
        return new RowBatch(all.subList(fromRow, toRow));
    }
}
