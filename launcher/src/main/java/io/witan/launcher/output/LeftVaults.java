package io.witan.launcher.output;

import io.witan.runtime.vault.LeftMemory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;

/** What runs that did not end hold of a node's memory. */
public final class LeftVaults {
    /** A run's folder may be moved, or be on a disk that is away. */
    private static final Duration MISSED = Duration.ofDays(1);

    private LeftVaults() {}

    /**
     * Frees what belongs to runs that are no more. Of the rest the user decides, who is told in a line each.
     *
     * @param parent folder of all runs
     * @param beginning output folder of a run that begins: what it has there it may go on from
     */
    public static void free(Path parent, Path beginning, Consumer<String> lines) {
        Path own = VaultPlace.of(beginning, 0).map(memory -> memory.folder()).orElse(beginning);
        for (LeftMemory left : LeftMemory.in(parent)) {
            String size = String.format(Locale.ROOT, "%.1f MB", left.bytes() / 1e6);
            if (left.folder().equals(own) || OutputFolder.isHeld(left.run())) {
                continue;
            }
            if (left.isMissedFor(MISSED) && left.remove()) {
                lines.accept("removed " + left.folder() + ", " + size + " of memory of a run that is no more");
            } else {
                lines.accept(size + " of memory hold the last steps of " + left.run()
                        + ", which did not end: --resume it, or remove " + left.folder());
            }
        }
    }
}
