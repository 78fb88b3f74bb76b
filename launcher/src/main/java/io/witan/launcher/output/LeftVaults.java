package io.witan.launcher.output;

import io.witan.launcher.exit.LaunchException;
import io.witan.runtime.vault.LeftMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
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
        for (LeftMemory left : LeftMemory.in(parent)) {
            boolean isBeginning = isSame(left.run(), beginning) || VaultPlace.isOf(left.folder(), beginning);
            boolean isReplaced = isReplaced(left);
            // A process that looks at its own lock would lose it.
            if (!isReplaced && (isBeginning || OutputFolder.isHeld(left.run()))) {
                continue;
            }
            String size = String.format(Locale.ROOT, "%.1f MB", left.bytes() / 1e6);
            boolean isThere = !isReplaced && Files.exists(left.run());
            if (left.isMissedSince(Instant.now().minus(MISSED), isThere) && left.remove()) {
                lines.accept("removed " + left.folder() + ", " + size + " of memory of a run that is no more");
            } else {
                lines.accept(size + " of memory hold the last steps of " + left.run()
                        + ", which did not end: --resume it, or remove " + left.folder());
            }
        }
    }

    /** True if another run is in the output folder now; this one may have been moved. */
    private static boolean isReplaced(LeftMemory left) {
        try {
            return OutputFolder.holdsRun(left.run()) && !VaultPlace.isOf(left.folder(), left.run());
        } catch (LaunchException unreadable) {
            return false;
        }
    }

    private static boolean isSame(Path one, Path other) {
        try {
            return one.equals(other) || Files.isSameFile(one, other);
        } catch (IOException gone) {
            return false;
        }
    }
}
