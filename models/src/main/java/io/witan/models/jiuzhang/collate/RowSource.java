package io.witan.models.jiuzhang.collate;

/** Rows to train and to validate on. Every method gives the same answer each time, from any thread. */
public interface RowSource {
    /** A row of training. @param number in the whole phase, from 0 */
    Row train(long number);

    /** Rows that are held back. */
    int validationRows();

    /** A row that is held back. @param number from 0 */
    Row validation(int number);

    /** One line for the log. */
    String describe();
}
