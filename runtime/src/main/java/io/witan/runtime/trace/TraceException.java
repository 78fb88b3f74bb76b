package io.witan.runtime.trace;

/** A trace that cannot be written or read. The message is one line for the user and names the file. */
public final class TraceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public TraceException(String message) {
        super(message);
    }
}
