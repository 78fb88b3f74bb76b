package io.witan.runtime.train.recovery;

import io.witan.runtime.vault.VaultFile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What is found in vaults, by one rank or by all.
 *
 * @param problems of vaults that hold nothing
 */
record Findings(List<Holding> holdings, List<Problem> problems) {
    /** Why a rank's own vault holds nothing, in one line. */
    record Problem(int ranks, int rank, String text) {}

    Findings() {
        this(new ArrayList<>(), new ArrayList<>());
    }

    void add(Findings more) {
        holdings.addAll(more.holdings);
        problems.addAll(more.problems);
    }

    /** The newest step that any rank of a start with so many holds; -1: none. */
    long newest(int ranks) {
        return holdings.stream()
                .filter(holding -> holding.ranks() == ranks)
                .mapToLong(Holding::step)
                .max()
                .orElse(-1);
    }

    /**
     * The vault that is lost of the start which has the newest step, if that is newer than the one that was taken up. Ranks that all have
     * theirs have lost nothing: a rank may complete a step more than others before it ends.
     */
    Optional<String> loss(long step) {
        return holdings.stream()
                .max(Comparator.comparingLong(Holding::step))
                .filter(newest -> newest.step() > step)
                .flatMap(newest -> missing(newest.ranks())
                        .map(missing ->
                                "step " + newest.step() + " of " + newest.ranks() + " ranks is lost: " + missing));
    }

    private Optional<String> missing(int ranks) {
        for (int rank = 0; rank < ranks; rank++) {
            int wanted = rank;
            boolean holds = holdings.stream()
                    .anyMatch(holding -> holding.kind() == VaultFile.Kind.OWN
                            && holding.ranks() == ranks
                            && holding.rank() == wanted);
            if (!holds) {
                return Optional.of(problems.stream()
                        .filter(problem -> problem.ranks() == ranks && problem.rank() == wanted)
                        .findFirst()
                        .map(problem -> "rank " + wanted + ": " + problem.text())
                        .orElse("rank " + wanted + ": no vault"));
            }
        }
        return Optional.empty();
    }
}
