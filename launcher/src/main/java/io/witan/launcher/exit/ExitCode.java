package io.witan.launcher.exit;

/** Exit codes of {@code bin/witan} and of each rank; docs/errors.md explains them. 128 + n means killed by signal n. */
public enum ExitCode {
    OK(0, "ok"),
    INTERNAL(1, "internal error"),
    USAGE(2, "usage"),
    ENVIRONMENT(3, "environment"),
    CONFIG(4, "config"),
    DATA(5, "data"),
    CHECKPOINT(6, "checkpoint"),
    RENDEZVOUS(7, "rendezvous timeout"),
    PEER_LOST(8, "peer lost"),
    WRONG_RESULT(9, "wrong result"),
    OUT_OF_MEMORY(10, "out of memory"),
    OUTPUT(11, "output folder");

    private static final int SIGNAL_BASE = 128;

    private final int code;
    private final String label;

    ExitCode(int code, String label) {
        this.code = code;
        this.label = label;
    }

    /** The number that the process exits with. */
    public int code() {
        return code;
    }

    /** Two or three words for messages. */
    public String label() {
        return label;
    }

    /** The exit code of a process that the given signal ended. */
    public static int ofSignal(int signal) {
        return SIGNAL_BASE + signal;
    }

    /** Words for any process exit code: {@code exit code 5 (data)}, {@code killed by SIGKILL}. */
    public static String describe(int code) {
        if (code > SIGNAL_BASE && code <= SIGNAL_BASE + 64) {
            return "killed by " + signalName(code - SIGNAL_BASE);
        }
        for (ExitCode known : values()) {
            if (known.code == code) {
                return "exit code " + code + " (" + known.label + ")";
            }
        }
        return "exit code " + code;
    }

    /** The usual name of a Linux signal. */
    public static String signalName(int signal) {
        return switch (signal) {
            case 1 -> "SIGHUP";
            case 2 -> "SIGINT";
            case 3 -> "SIGQUIT";
            case 4 -> "SIGILL";
            case 6 -> "SIGABRT";
            case 7 -> "SIGBUS";
            case 8 -> "SIGFPE";
            case 9 -> "SIGKILL";
            case 11 -> "SIGSEGV";
            case 13 -> "SIGPIPE";
            case 14 -> "SIGALRM";
            case 15 -> "SIGTERM";
            default -> "signal " + signal;
        };
    }
}
