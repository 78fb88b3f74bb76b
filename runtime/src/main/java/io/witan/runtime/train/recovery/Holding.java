package io.witan.runtime.train.recovery;

import io.witan.runtime.vault.VaultFile;

/**
 * A whole step of one rank of some start, and who can read it.
 *
 * @param kind of the vault in which it is
 * @param ranks of the start that committed it
 * @param rank whose state it is
 * @param step completed steps
 * @param owners hash of who owned what: a rank that was killed before it wrote over a step may still have that of an earlier attempt, in
 *     which experts went elsewhere
 * @param at rank of this start that has it open
 * @param own true: in the vault in which that rank goes on
 */
record Holding(VaultFile.Kind kind, int ranks, int rank, long step, int owners, int at, boolean own) {
    boolean isOfSameStep(Holding other) {
        return ranks == other.ranks && step == other.step && owners == other.owners;
    }

    /** True if the rank that has it goes on with it where it lies. */
    boolean isInPlace(int ranksNow) {
        return own && ranks == ranksNow && rank == at;
    }
}
