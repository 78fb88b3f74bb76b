package io.witan.runtime.train.recovery;

import io.witan.runtime.vault.VaultFile;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Which rank opens which vault that is left from an earlier start: each is opened once, by a rank that sees it. */
final class LeftFiles {
    private LeftFiles() {}

    /**
     * Those for one rank. A vault in which a rank of this start goes on, and has open, is for nobody.
     *
     * @param seen by each rank of this start, its own vault among them
     */
    static List<VaultFile> of(int rank, List<List<VaultFile>> seen) {
        int ranks = seen.size();
        List<VaultFile> mine = new ArrayList<>();
        for (VaultFile file : seen.get(rank)) {
            boolean isOpen = file.kind() == VaultFile.Kind.OWN
                    && file.ranks() == ranks
                    && file.rank() < ranks
                    && seen.get(file.rank()).contains(file);
            int[] seers = IntStream.range(0, ranks)
                    .filter(other -> seen.get(other).contains(file))
                    .toArray();
            if (!isOpen && seers[file.rank() % seers.length] == rank) {
                mine.add(file);
            }
        }
        return mine;
    }
}
