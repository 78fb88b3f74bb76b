package io.witan.launcher.supervise;

/**
 * How a run ended.
 *
 * @param exitCode what the launcher exits with: the first failure's code, 128 + n after signal n, else 0
 * @param interrupted a signal ended it, and the ranks had time to save
 */
public record Outcome(int exitCode, boolean interrupted) {
    public boolean succeeded() {
        return exitCode == 0;
    }
}
