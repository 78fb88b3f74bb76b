package io.witan.runtime.engine;

/**
 * Tasks of this rank's tokens in a micro-batch. All tokens of a sequence have its task. The array is not copied and must not change.
 *
 * @param ofSequence task number, from 0, of each sequence; empty: there are no tasks
 * @param sequences where each begins
 */
public record TokenTasks(int[] ofSequence, Ragged sequences) {
    public static final TokenTasks NONE = new TokenTasks(new int[0], Ragged.ofLengths());

    /** @throws IllegalArgumentException if there is not one of each sequence */
    public TokenTasks {
        if (ofSequence.length != sequences.sequences()) {
            throw new IllegalArgumentException(ofSequence.length + " tasks of " + sequences.sequences() + " sequences");
        }
    }

    /** Of sequences that all have so many tokens. */
    public TokenTasks(int[] ofSequence, int positions) {
        this(ofSequence, Ragged.equal(ofSequence.length, positions));
    }

    /** Also of a rank that has no tokens. */
    public boolean isNone() {
        return ofSequence.length == 0;
    }

    /** Tokens that have a task. */
    public int tokens() {
        return sequences.rows();
    }

    /** Task of a token, numbered from 0 on this rank. */
    public int of(int token) {
        return ofSequence[sequences.sequenceOf(token)];
    }
}
