package io.witan.models.jiuzhang.collate;

/** Which decoder reads a row. */
public enum Side {
    /** U: sees the whole input and answers at its positions. */
    UNDERSTANDING,
    /** G: writes from left to right, and sees the shared encoder's output. */
    GENERATION;

    /** The one that this is not. */
    public Side other() {
        return this == UNDERSTANDING ? GENERATION : UNDERSTANDING;
    }
}
