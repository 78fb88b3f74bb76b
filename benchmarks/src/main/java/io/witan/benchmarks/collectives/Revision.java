package io.witan.benchmarks.collectives;

import io.witan.launcher.Version;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Which Witan this is. */
final class Revision {
    private Revision() {}

    /** Version, and the commit where the folder of Witan is a git checkout; {@code -dirty} after it: there are changes. */
    static String of(Path home) {
        String commit = Files.exists(home.resolve(".git")) ? describe(home) : "";
        return "witan " + Version.current() + (commit.isEmpty() ? "" : ", commit " + commit);
    }

    private static String describe(Path home) {
        try {
            Process git = new ProcessBuilder("git", "-C", home.toString(), "describe", "--always", "--dirty")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (BufferedReader lines = git.inputReader(StandardCharsets.UTF_8)) {
                String line = lines.readLine();
                return line == null ? "" : line;
            }
        } catch (IOException noGit) {
            return "";
        }
    }
}
