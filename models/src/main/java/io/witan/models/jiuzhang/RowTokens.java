package io.witan.models.jiuzhang;

import io.witan.models.jiuzhang.collate.Row;
import io.witan.models.jiuzhang.collate.Side;
import io.witan.runtime.engine.Ragged;
import io.witan.runtime.engine.TokenTasks;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Rows of one pass as the model takes them: one behind the other.
 *
 * @param rows of this rank; may be none
 * @param encoder where the encoder's tokens of each row begin
 * @param ids [T] of the encoder
 */
record RowTokens(List<Row> rows, Ragged encoder, int[] ids) {
    static RowTokens of(List<Row> rows) {
        return new RowTokens(
                List.copyOf(rows),
                Ragged.ofLengths(
                        rows.stream().mapToInt(row -> row.input().length).toArray()),
                rows.stream().flatMapToInt(row -> IntStream.of(row.input())).toArray());
    }

    TokenTasks tasks() {
        return new TokenTasks(
                rows.stream().mapToInt(row -> row.task().ordinal()).toArray(), encoder);
    }

    /** What a side has to do. */
    SideRows side(Side side) {
        int[] numbers = IntStream.range(0, rows.size())
                .filter(row -> rows.get(row).side() == side)
                .toArray();
        int[] tokens = IntStream.of(numbers)
                .flatMap(row -> IntStream.range(encoder.begin(row), encoder.begin(row) + encoder.length(row)))
                .toArray();
        return new SideRows(numbers, IntStream.of(numbers).mapToObj(rows::get).toList(), tokens);
    }
}
