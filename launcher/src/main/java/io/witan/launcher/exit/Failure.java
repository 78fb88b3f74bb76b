package io.witan.launcher.exit;

import io.witan.collectives.CollectiveException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/**
 * A thrown error, seen as an exit code and one line.
 *
 * @param trace the stack trace for a log file; empty when the line says all there is to say
 */
public record Failure(ExitCode code, String line, String trace) {

    /** Classifies an error: the launcher's own and the collectives' first, then the rules in order, else internal. */
    public static Failure of(Throwable thrown, List<FailureRule> rules) {
        if (thrown instanceof LaunchException launch) {
            return plain(launch.code(), launch);
        }
        if (thrown instanceof OutOfMemoryError) {
            return new Failure(ExitCode.OUT_OF_MEMORY, "out of memory: " + firstLine(thrown), traceOf(thrown));
        }
        if (thrown instanceof CollectiveException collective) {
            return ofCollective(collective);
        }
        for (FailureRule rule : rules) {
            if (rule.type().isInstance(thrown)) {
                return plain(rule.code(), thrown);
            }
        }
        return new Failure(
                ExitCode.INTERNAL,
                "internal error: " + thrown.getClass().getSimpleName() + ": " + firstLine(thrown),
                traceOf(thrown));
    }

    private static Failure ofCollective(CollectiveException thrown) {
        return switch (thrown.kind()) {
            case RENDEZVOUS -> plain(ExitCode.RENDEZVOUS, thrown);
            case PEER_LOST, DEADLINE, TRANSPORT -> plain(ExitCode.PEER_LOST, thrown);
            case MISMATCH -> plain(ExitCode.WRONG_RESULT, thrown);
            case CLOSED -> new Failure(ExitCode.INTERNAL, "internal error: " + firstLine(thrown), traceOf(thrown));
        };
    }

    private static Failure plain(ExitCode code, Throwable thrown) {
        return new Failure(code, firstLine(thrown), "");
    }

    private static String firstLine(Throwable thrown) {
        String message = thrown.getMessage();
        if (message == null || message.isBlank()) {
            return thrown.getClass().getName();
        }
        return message.strip().lines().findFirst().orElseThrow();
    }

    private static String traceOf(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
