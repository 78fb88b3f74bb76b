package io.witan.kernels;

/** A back end that cannot be opened, or broke: a native library that does not load, a worker that failed. */
public final class KernelException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public KernelException(String message) {
        super(message);
    }

    public KernelException(String message, Throwable cause) {
        super(message, cause);
    }
}
