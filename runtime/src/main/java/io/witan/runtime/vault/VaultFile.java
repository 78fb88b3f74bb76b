package io.witan.runtime.vault;

import java.util.Locale;

/**
 * A vault that lies in a run's {@link VaultFolder}.
 *
 * @param kind what it is for
 * @param ranks of the start that it is of
 * @param rank whose state it has
 * @param bytes its length
 * @param inMemory true: in the node's {@link NodeMemory}, not in the folder of vaults
 * @param modifiedMs when it was last written to; with the length and the name it tells a file that several nodes see from several files
 */
public record VaultFile(Kind kind, int ranks, int rank, boolean inMemory, long bytes, long modifiedMs) {
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
}
