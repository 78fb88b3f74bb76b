package io.witan.models.jiuzhang.collate;

import io.witan.runtime.data.Batch;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Rows of one micro batch. A row that makes two passes counts as two of the batch, the second one behind the first and of task
 * {@link Task#CHECKING}, so that each pass has its own targets; both are on one rank.
 *
 * @param all rows as their first pass takes them
 */
public record RowBatch(List<Row> all) implements Batch<RowBatch> {
    public RowBatch {
        all = List.copyOf(all);
    }

    @Override
    public int rows() {
        return passes(all.size());
    }

    /** Passes of the first so many rows. */
    private int passes(int rows) {
        return rows
                + (int) all.subList(0, rows).stream()
                        .filter(row -> row.second() != null)
                        .count();
    }

    @Override
    public int firstRowOf(int rank, int rankCount) {
        return passes((int) ((long) rank * all.size() / rankCount));
    }

    /** The encoder's. */
    @Override
    public int tokenCount(int fromRow, int toRow) {
        return sum(tokens(), fromRow, toRow);
    }

    @Override
    public int targetCount(int fromRow, int toRow) {
        return sum(targets(), fromRow, toRow);
    }

    private static int sum(IntStream ofPasses, int from, int to) {
        return ofPasses.skip(from).limit(to - from).sum();
    }

    private IntStream tokens() {
        return all.stream()
                .flatMapToInt(row -> row.second() == null
                        ? IntStream.of(row.tokenCount())
                        : IntStream.of(row.tokenCount(), SecondPass.tokenCount(row)));
    }

    private IntStream targets() {
        return all.stream()
                .flatMapToInt(row -> row.second() == null
                        ? IntStream.of(row.targetCount())
                        : IntStream.of(row.targetCount(), SecondPass.targetCount(row)));
    }

    @Override
    public int[] tasks() {
        return all.stream()
                .flatMapToInt(row -> row.second() == null
                        ? IntStream.of(row.task().ordinal())
                        : IntStream.of(row.task().ordinal(), Task.CHECKING.ordinal()))
                .toArray();
    }

    /** [rows of {@link #all}] the number of each one's first pass; that of its second, if it has one, is the next. */
    public int[] firstPasses() {
        return IntStream.range(0, all.size()).map(this::passes).toArray();
    }

    /** @throws IllegalArgumentException if the rows are not there, or the two passes of one would part */
    @Override
    public RowBatch slice(int fromRow, int toRow) {
        int from = rowOf(fromRow);
        int to = rowOf(toRow);
        if (fromRow > toRow || from < 0 || to < 0) {
            throw new IllegalArgumentException("rows " + fromRow + ".." + toRow + " of " + rows());
        }
        return new RowBatch(all.subList(from, to));
    }

    /** -1: there is none whose first pass it is. */
    private int rowOf(int pass) {
        return IntStream.rangeClosed(0, all.size())
                .filter(row -> passes(row) == pass)
                .findFirst()
                .orElse(-1);
    }
}
