package io.witan.models.seq2seq;

/**
 * Rows to train and to validate on. Every method gives the same answer each time, from any thread.
 *
 * @param <R> the rows
 */
public interface RowSource<R> {
    /** A row of training. @param number in the whole phase, from 0 */
    R train(long number);

    /** Rows that are held back. */
    int validationRows();

    /** A row that is held back. @param number from 0 */
    R validation(int number);

    /** One line for the log. */
    String describe();
}
