package io.witan.kernels;

/** A back end that broke, e.g. as a worker failed, or cannot be opened: {@link KernelUnavailableException}. */
public sealed class KernelException extends RuntimeException permits KernelUnavailableException {
    private static final long serialVersionUID = 1L;

    public KernelException(String message) {
        super(message);
    }

    public KernelException(String message, Throwable cause) {
        super(message, cause);
    }
}
