package io.witan.runtime.train.recovery;

import io.witan.runtime.vault.VaultFile;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Which of the copies that are there all ranks leave alone until they have made another one together. */
final class SharedGeneration {
    private SharedGeneration() {}

    /**
     * The step that most peers hold, of such the one that most copies hold, of such the newest, among those of which a copy of every rank is
     * there; empty if there is none. Right after a copy has begun that is not the newest: each rank has that on its own disk, but no peer has it
     * yet.
     *
     * @param copies of all ranks, kept by themselves and by peers, in the same order on all ranks
     */
    static Optional<Holding> find(List<Holding> copies) {
        return copies.stream()
                .filter(candidate -> isWhole(candidate, copies))
                .max(Comparator.comparingLong((Holding candidate) -> holders(candidate, copies)
                                .filter(holding -> holding.kind() == VaultFile.Kind.PEER)
                                .count())
                        .thenComparingLong(
                                candidate -> holders(candidate, copies).count())
                        .thenComparingLong(Holding::step));
    }

    private static Stream<Holding> holders(Holding candidate, List<Holding> copies) {
        return copies.stream().filter(candidate::isOfSameStep);
    }

    private static boolean isWhole(Holding candidate, List<Holding> copies) {
        return holders(candidate, copies).mapToInt(Holding::rank).distinct().count() == candidate.ranks();
    }
}
