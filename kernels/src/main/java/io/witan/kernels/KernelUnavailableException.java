package io.witan.kernels;

/** A back end that this machine or its settings rule out. The message is one line that says what was found and what is needed. */
public final class KernelUnavailableException extends KernelException {
    private static final long serialVersionUID = 1L;

    public KernelUnavailableException(String message) {
        super(message);
    }

    public KernelUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
