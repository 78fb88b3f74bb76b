package io.witan.models.ul2;

import io.witan.runtime.data.Batch;
import java.util.List;

/**
 * Rows of one micro-batch.
 *
 * @param all in order
 */
public record DenoisedBatch(List<DenoisedRow> all) implements Batch<DenoisedBatch> {
    public DenoisedBatch {
        all = List.copyOf(all);
    }

    @Override
    public int rows() {
        return all.size();
    }

    /** The encoder's. */
    @Override
    public int tokenCount(int fromRow, int toRow) {
        return all.subList(fromRow, toRow).stream()
                .mapToInt(row -> row.input().length)
                .sum();
    }

    @Override
    public int targetCount(int fromRow, int toRow) {
        return all.subList(fromRow, toRow).stream()
                .mapToInt(DenoisedRow::targetCount)
                .sum();
    }

    @Override
    public int[] tasks() {
        return all.stream().mapToInt(DenoisedRow::taskNumber).toArray();
    }

    @Override
    public DenoisedBatch slice(int fromRow, int toRow) {
        if (fromRow < 0 || fromRow > toRow || toRow > all.size()) {
            throw new IllegalArgumentException("rows " + fromRow + ".." + toRow + " of " + all.size());
        }
        return new DenoisedBatch(all.subList(fromRow, toRow));
    }
}
