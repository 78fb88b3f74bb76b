package io.witan.models.jiuzhang.refine;

/** A writer gave no reply: one line with its place and what it said instead. */
public final class WriterException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public WriterException(String message) {
        super(message);
    }
}
