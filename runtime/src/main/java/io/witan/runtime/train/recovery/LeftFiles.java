package io.witan.runtime.train.recovery;

import io.witan.runtime.vault.VaultFile;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Which rank opens which vault that is left from an earlier start: each is opened once, by a rank that sees it. */
final class LeftFiles {
    private LeftFiles() {}

    /**
     * What a rank sees.
     *
     * @param inMemory true if the vault in which it goes on is in memory
     * @param files the vault in which it goes on among them
     */
    record Seen(boolean inMemory, List<VaultFile> files) {
        boolean has(VaultFile file) {
            return files.contains(file);
        }
    }

    /**
     * Those for one rank. A vault in which a rank of this start goes on, and has open, is for nobody.
     *
     * @param seen by each rank of this start
     */
    static List<VaultFile> of(int rank, List<Seen> seen) {
        int ranks = seen.size();
        List<VaultFile> mine = new ArrayList<>();
        for (VaultFile file : seen.get(rank).files()) {
            int[] seers = IntStream.range(0, ranks)
                    .filter(other -> seen.get(other).has(file))
                    .toArray();
            if (!isOpen(file, seen) && seers[file.rank() % seers.length] == rank) {
                mine.add(file);
            }
        }
        return mine;
    }

    private static boolean isOpen(VaultFile file, List<Seen> seen) {
        return file.kind() == VaultFile.Kind.OWN
                && file.ranks() == seen.size()
                && file.rank() < seen.size()
                && file.inMemory() == seen.get(file.rank()).inMemory()
                && seen.get(file.rank()).has(file);
    }
}
