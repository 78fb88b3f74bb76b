package io.witan.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whom the kernel ends first when memory is short: this process, before ranks, as long as it is a spare. */
final class OomScore {
    private static final Path FILE = Path.of("/proc/self/oom_score_adj");
    private static final String HIGHEST = "1000";

    private final String usual;

    private OomScore(String usual) {
        this.usual = usual;
    }

    /** From now on this process comes first, where the kernel lets it say so. */
    static OomScore first() {
        try {
            String usual = Files.readString(FILE).strip();
            Files.writeString(FILE, HIGHEST);
            return new OomScore(usual);
        } catch (IOException _) {
            return new OomScore("");
        }
    }

    /** As before. Who raised it may lower it again. */
    void restore() {
        try {
            if (!usual.isEmpty()) {
                Files.writeString(FILE, usual);
            }
        } catch (IOException _) {
            // Then it stays the first.
        }
    }
}
