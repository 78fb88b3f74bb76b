package io.witan.models.seq2seq;

import io.witan.runtime.engine.Ragged;
import io.witan.runtime.engine.TokenTasks;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Rows of one pass as the model takes them: one behind the other. The array is the caller's to read, not to change.
 *
 * @param rows of this rank; may be none
 * @param encoder where the encoder's tokens of each row begin
 * @param ids [T] of the encoder
 */
public record RowTokens(List<SequenceRow> rows, Ragged encoder, int[] ids) {
    /** @param rows of this rank; may be none */
    public static RowTokens of(List<? extends SequenceRow> rows) {
        return new RowTokens(
                List.copyOf(rows),
                Ragged.ofLengths(
                        rows.stream().mapToInt(row -> row.input().length).toArray()),
                rows.stream().flatMapToInt(row -> IntStream.of(row.input())).toArray());
    }

    /** For gates. */
    public TokenTasks tasks() {
        return new TokenTasks(rows.stream().mapToInt(row -> row.taskNumber()).toArray(), encoder);
    }

    /** The rows that a decoder writes. */
    public SideRows generated() {
        return side(true);
    }

    /** The rows that are answered at positions of their input. */
    public SideRows understood() {
        return side(false);
    }

    private SideRows side(boolean generated) {
        int[] numbers = IntStream.range(0, rows.size())
                .filter(row -> rows.get(row).isGenerated() == generated)
                .toArray();
        int[] tokens = IntStream.of(numbers)
                .flatMap(row -> IntStream.range(encoder.begin(row), encoder.begin(row) + encoder.length(row)))
                .toArray();
        return new SideRows(numbers, IntStream.of(numbers).mapToObj(rows::get).toList(), tokens);
    }
}
