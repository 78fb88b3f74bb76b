package io.witan.launcher.exit;

/** A fault that the user can act on: one line for the terminal and the exit code. No stack trace is shown for it. */
public final class LaunchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ExitCode code;

    /** @param message one line: what is wrong, where, and what is allowed */
    public LaunchException(ExitCode code, String message) {
        super(message);
        this.code = code;
    }

    /** @param message one line: what is wrong, where, and what is allowed */
    public LaunchException(ExitCode code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public ExitCode code() {
        return code;
    }
}
