package io.witan.models.jiuzhang.collate;

import io.witan.models.seq2seq.SequenceRow;
import java.util.Arrays;

/**
 * A row. The arrays are the caller's to read, not to change.
 *
 * @param task that it trains
 * @param side whose decoder reads it
 * @param input [n] ids of the encoder
 * @param decoder [m] ids of the generation decoder; empty on the other side
 * @param targets ids to be told, {@link #IGNORED} for none: [n] at each position of the input for understanding, [m] at each of
 *     the decoder's for generation
 * @param blanks numbers of the targets whose tokens the input hides or lacks, ascending: what a first pass fills; empty for a
 *     row that is not checked
 * @param second side that a second pass reads the filled text on; null: there is none
 */
public record Row(Task task, Side side, int[] input, int[] decoder, int[] targets, int[] blanks, Side second)
        implements SequenceRow {
    /** No loss at this position. */
    public static final int IGNORED = -1;

    public Row {
        int positions = side == Side.UNDERSTANDING ? input.length : decoder.length;
        if (input.length == 0 || targets.length != positions || side == Side.UNDERSTANDING && decoder.length > 0) {
            throw new IllegalArgumentException(task + " on " + side + ": " + input.length + " inputs, " + decoder.length
                    + " of the decoder, " + targets.length + " targets");
        }
    }

    /** Of understanding, with targets at the positions of its input. */
    static Row understood(Task task, int[] input, int[] targets) {
        return new Row(task, Side.UNDERSTANDING, input, new int[0], targets, new int[0], null);
    }

    /** Of generation: the decoder gets the start and all but the last of what it is to write. */
    static Row generated(Task task, int[] input, int start, int[] written) {
        int[] decoder = new int[written.length];
        decoder[0] = start;
        System.arraycopy(written, 0, decoder, 1, written.length - 1);
        return new Row(task, Side.GENERATION, input, decoder, written, new int[0], null);
    }

    Row withBlanks(int[] other) {
        return new Row(task, side, input, decoder, targets, other, second);
    }

    /** The row with a second pass. */
    public Row checked(Side other) {
        return new Row(task, side, input, decoder, targets, blanks, other);
    }

    /** Tokens that it brings through the encoder in one pass. */
    public int tokenCount() {
        return input.length;
    }

    @Override
    public int taskNumber() {
        return task.ordinal();
    }

    /** Tokens of the text that a second pass must write: those of the input, or of the decoder; its end is not one. */
    int textLength() {
        return side == Side.UNDERSTANDING ? input.length - 1 : targets.length - 1;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Row that
                && task == that.task
                && side == that.side
                && second == that.second
                && Arrays.equals(input, that.input)
                && Arrays.equals(decoder, that.decoder)
                && Arrays.equals(targets, that.targets)
                && Arrays.equals(blanks, that.blanks);
    }

    @Override
    public int hashCode() {
        return (Arrays.hashCode(input) * 31 + Arrays.hashCode(targets)) * 31 + task.ordinal();
    }
}
