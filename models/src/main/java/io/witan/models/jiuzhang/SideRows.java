package io.witan.models.jiuzhang;

import io.witan.models.jiuzhang.collate.Row;
import io.witan.models.jiuzhang.collate.Side;
import io.witan.runtime.engine.Ragged;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The rows of a pass that go to one side, and their outputs: the input's tokens on the understanding side, the decoder's on the other.
 *
 * @param numbers [r] of the rows in the pass
 * @param rows [r]
 * @param tokens [t] numbers of their tokens in the pass' encoder
 */
record SideRows(int[] numbers, List<Row> rows, int[] tokens) {
    boolean isEmpty() {
        return numbers.length == 0;
    }

    /** Their tokens in the encoder, [t]. */
    Ragged encoder() {
        return Ragged.ofLengths(
                rows.stream().mapToInt(row -> row.input().length).toArray());
    }

    /** The decoder's. */
    Ragged decoder() {
        return Ragged.ofLengths(
                rows.stream().mapToInt(row -> row.decoder().length).toArray());
    }

    /** Ids of the decoder. */
    int[] decoderIds() {
        return rows.stream().flatMapToInt(row -> IntStream.of(row.decoder())).toArray();
    }

    /** Where the outputs of each row begin. */
    Ragged outputs() {
        return isEmpty() || rows.getFirst().side() == Side.UNDERSTANDING ? encoder() : decoder();
    }

    /** Outputs that have a target. @param row of the side */
    int[] predicted(int row) {
        int begin = outputs().begin(row);
        int[] targets = rows.get(row).targets();
        return IntStream.range(0, targets.length)
                .filter(i -> targets[i] >= 0)
                .map(i -> begin + i)
                .toArray();
    }

    /** Outputs of the blanks of all rows, in order. */
    int[] blanks() {
        Ragged outputs = outputs();
        return IntStream.range(0, rows.size())
                .flatMap(row -> IntStream.of(rows.get(row).blanks()).map(blank -> outputs.begin(row) + blank))
                .toArray();
    }
}
