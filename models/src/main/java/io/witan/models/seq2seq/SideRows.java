package io.witan.models.seq2seq;

import io.witan.runtime.engine.Ragged;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The rows of a pass that go to one side, and their outputs: the decoder's tokens where rows are generated, otherwise those of the input. The
 * arrays are the caller's to read, not to change.
 *
 * @param numbers [r] of the rows in the pass
 * @param rows [r]
 * @param tokens [t] numbers of their tokens in the pass' encoder
 */
public record SideRows(int[] numbers, List<SequenceRow> rows, int[] tokens) {
    /** Whether no row goes there. */
    public boolean isEmpty() {
        return numbers.length == 0;
    }

    /** Their tokens in the encoder, [t]. */
    public Ragged encoder() {
        return Ragged.ofLengths(
                rows.stream().mapToInt(row -> row.input().length).toArray());
    }

    /** The decoder's. */
    public Ragged decoder() {
        return Ragged.ofLengths(
                rows.stream().mapToInt(row -> row.decoder().length).toArray());
    }

    /** Ids of the decoder. */
    public int[] decoderIds() {
        return rows.stream().flatMapToInt(row -> IntStream.of(row.decoder())).toArray();
    }

    /** Where the outputs of each row begin. */
    public Ragged outputs() {
        return isEmpty() || !rows.getFirst().isGenerated() ? encoder() : decoder();
    }

    /** Outputs that have a target. @param row of the side */
    public int[] predicted(int row) {
        int begin = outputs().begin(row);
        int[] targets = rows.get(row).targets();
        return IntStream.range(0, targets.length)
                .filter(i -> targets[i] >= 0)
                .map(i -> begin + i)
                .toArray();
    }

    /** Outputs of the blanks of all rows, in order. */
    public int[] blanks() {
        Ragged outputs = outputs();
        return IntStream.range(0, rows.size())
                .flatMap(row -> IntStream.of(rows.get(row).blanks()).map(blank -> outputs.begin(row) + blank))
                .toArray();
    }
}
