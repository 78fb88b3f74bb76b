package io.witan.runtime.train.recovery;

import io.witan.runtime.vault.VaultFile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A step that all ranks of a start completed, each part of which some rank of this start can read.
 *
 * @param holdings one for each rank of that start, in rank order
 */
record WholeStep(List<Holding> holdings) {
    /**
     * The newest one; of equal ones that of a start with as many ranks as this one.
     *
     * @param all in the same order on all ranks
     * @param ranksNow ranks of this start
     * @param known older ones and this one do not count
     */
    static Optional<WholeStep> newest(List<Holding> all, int ranksNow, long known) {
        Comparator<Holding> newestFirst = Comparator.comparingLong(Holding::step)
                .reversed()
                .thenComparing(holding -> holding.ranks() != ranksNow)
                .thenComparingInt(Holding::ranks);
        return all.stream()
                .filter(holding -> holding.step() > known)
                .sorted(newestFirst)
                .flatMap(candidate -> of(candidate, all, ranksNow).stream())
                .findFirst();
    }

    private static Optional<WholeStep> of(Holding candidate, List<Holding> all, int ranksNow) {
        List<Holding> chosen = new ArrayList<>();
        for (int rank = 0; rank < candidate.ranks(); rank++) {
            int wanted = rank;
            Optional<Holding> best = all.stream()
                    .filter(holding -> holding.isOfSameStep(candidate) && holding.rank() == wanted)
                    .min(Comparator.comparing((Holding holding) -> !holding.isInPlace(ranksNow))
                            .thenComparing(Holding::kind));
            if (best.isEmpty()) {
                return Optional.empty();
            }
            chosen.add(best.get());
        }
        return Optional.of(new WholeStep(chosen)).filter(WholeStep::hasDense);
    }

    /** Peers copy what a rank alone has: what all have must be in the vault of one of them. */
    private boolean hasDense() {
        return holdings.stream().anyMatch(holding -> holding.kind() != VaultFile.Kind.PEER);
    }

    /** One that has what all ranks have. */
    Holding dense() {
        return holdings.stream()
                .filter(holding -> holding.kind() != VaultFile.Kind.PEER)
                .findFirst()
                .orElseThrow();
    }

    int ranks() {
        return holdings.size();
    }

    long step() {
        return holdings.getFirst().step();
    }

    /** True if a part of it is no rank's last or last but one. */
    boolean hasCopies() {
        return holdings.stream().anyMatch(holding -> holding.kind() != VaultFile.Kind.OWN);
    }

    /** True if every rank goes on with its own where it lies. */
    boolean isInPlace(int ranksNow) {
        return holdings.stream().allMatch(holding -> holding.isInPlace(ranksNow));
    }
}
