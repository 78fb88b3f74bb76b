package io.witan.models.ul2;

import io.witan.models.seq2seq.SequenceRow;
import io.witan.runtime.data.arithmetic.Draws;
import java.util.Arrays;

/**
 * A damaged text and what is missing.
 *
 * @param denoiser that damaged it
 * @param input [1 + kept + spans] its mode, then the text with a sentinel in the place of each span
 * @param decoder [spans + hidden + 1] the start, and all but the last of the targets
 * @param targets [spans + hidden + 1] each span behind its sentinel, and the end
 */
public record DenoisedRow(Denoiser denoiser, int[] input, int[] decoder, int[] targets) implements SequenceRow {
    private static final int[] NONE = {};

    /** @param text at least one token */
    static DenoisedRow of(Denoiser denoiser, int[] text, Pieces pieces, Draws draws) {
        Spans spans = Spans.drawn(denoiser, text.length, draws);
        int count = spans.hidden().length;
        int hidden = denoiser.hidden(text.length);
        int[] input = new int[1 + text.length - hidden + count];
        int[] targets = new int[count + hidden + 1];
        input[0] = pieces.mode(denoiser.mode());
        int read = 0;
        int left = 1;
        int written = 0;
        for (int span = 0; span < count; span++) {
            int kept = spans.kept()[span];
            System.arraycopy(text, read, input, left, kept);
            read += kept;
            left += kept;
            input[left++] = pieces.sentinel(span);
            targets[written++] = pieces.sentinel(span);
            int missing = spans.hidden()[span];
            System.arraycopy(text, read, targets, written, missing);
            read += missing;
            written += missing;
        }
        targets[written] = pieces.end();
        int[] decoder = new int[targets.length];
        decoder[0] = pieces.start();
        System.arraycopy(targets, 0, decoder, 1, written);
        return new DenoisedRow(denoiser, input, decoder, targets);
    }

    @Override
    public int[] blanks() {
        return NONE;
    }

    @Override
    public int taskNumber() {
        return denoiser.mode().ordinal();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DenoisedRow that
                && denoiser == that.denoiser
                && Arrays.equals(input, that.input)
                && Arrays.equals(decoder, that.decoder)
                && Arrays.equals(targets, that.targets);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(input) * 31 + Arrays.hashCode(targets);
    }
}
