package io.witan.runtime.vault;

import java.nio.file.Path;
import java.util.Locale;

/**
 * A vault that lies in a run's {@link VaultFolder}.
 *
 * @param kind what it is for
 * @param ranks of the start that it is of
 * @param rank whose state it has
 * @param bytes its length
 * @param modifiedMs when it was last written to; with the length and the name it tells a file that several nodes see from several files
 */
public record VaultFile(Kind kind, int ranks, int rank, long bytes, long modifiedMs) {
    /** What a vault is for; their order is that in which they are preferred. */
    public enum Kind {
        /** A rank's last two steps. */
        OWN("of"),
        /** Older steps of the rank, of which its peer has copies. */
        KEPT("kept-of"),
        /** Copies of what a rank of another node keeps, without what all ranks have. */
        PEER("peers-of");

        private final String prefix;

        Kind(String prefix) {
            this.prefix = prefix;
        }

        String folder(int ranks) {
            return String.format(Locale.ROOT, "%s-%04d", prefix, ranks);
        }
    }

    /** Where it lies in a run's folder of vaults. */
    public Path in(Path root) {
        return root.resolve(kind.folder(ranks)).resolve(ExpertVault.fileName(rank, "state"));
    }
}
