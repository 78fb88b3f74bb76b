package io.witan.runtime.metrics;

/** A metrics file that cannot be written or read. The message is one line for the user and names the file. */
public final class MetricsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MetricsException(String message) {
        super(message);
    }
}
