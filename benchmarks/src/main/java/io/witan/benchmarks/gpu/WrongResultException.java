package io.witan.benchmarks.gpu;

/** A result that is further from the expected one than it may be. */
final class WrongResultException extends RuntimeException {
    private static final long serialVersionUID = 1;

    WrongResultException(String message) {
        super(message);
    }
}
