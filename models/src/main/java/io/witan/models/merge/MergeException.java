package io.witan.models.merge;

/** Models that cannot be merged: one line with which and why. */
public final class MergeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MergeException(String message) {
        super(message);
    }
}
