package io.witan.runtime.data;

/** Data that cannot be used. The message is one line for the user: file, line, what is wrong, what is expected. */
public final class DataException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DataException(String message) {
        super(message);
    }
}
