package io.witan.launcher.supervise;

import java.time.Duration;

/**
 * How long the supervisor waits.
 *
 * @param start until all processes are there
 * @param grace from SIGTERM to SIGKILL after a rank failed
 * @param save from SIGTERM to SIGKILL after a signal from outside: the ranks finish their step and save
 * @param reap from SIGKILL until the agents must have reported the end
 * @param verdict from the first rank that says it lost others until all that can still speak must have said so
 */
public record SupervisionLimits(Duration start, Duration grace, Duration save, Duration reap, Duration verdict) {
    public static final Duration DEFAULT_GRACE = Duration.ofSeconds(10);
    private static final Duration SAVE = Duration.ofMinutes(2);
    private static final Duration REAP = Duration.ofSeconds(10);
    /** Agreement on a failure takes a quarter of an operation's deadline; a computation may come before. */
    private static final Duration VERDICT = Duration.ofSeconds(10);

    public static SupervisionLimits of(Duration start, Duration grace) {
        return new SupervisionLimits(start, grace, SAVE, REAP, VERDICT);
    }
}
