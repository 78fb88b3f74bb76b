package io.witan.launcher.exit;

/** Errors of this type (or below it) are the user's to mend and end with this code, without a stack trace. */
public record FailureRule(Class<? extends Throwable> type, ExitCode code) {}
