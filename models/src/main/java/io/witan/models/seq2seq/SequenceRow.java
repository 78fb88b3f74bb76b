package io.witan.models.seq2seq;

/** A row of an encoder and, if it is generated, a decoder. The arrays are the caller's to read, not to change. */
public interface SequenceRow {
    /** [n] ids of the encoder; at least one. */
    int[] input();

    /** [m] ids of the decoder; empty: the row is answered at positions of its input. */
    int[] decoder();

    /** Ids to be told, below 0 for none: [m] at each position of the decoder, [n] at each of the input where there is none. */
    int[] targets();

    /** Numbers of the targets, ascending, of which a pass also tells the most likely ids; mostly none. */
    int[] blanks();

    /** Number of the row's task, for gates and metrics, from 0. */
    int taskNumber();

    /** Whether a decoder writes it. */
    default boolean isGenerated() {
        return decoder().length > 0;
    }

    /** Targets that count. */
    default int targetCount() {
        int count = 0;
        for (int target : targets()) {
            count += target >= 0 ? 1 : 0;
        }
        return count;
    }
}
