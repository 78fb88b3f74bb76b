package io.witan.runtime.train.recovery;

import io.witan.runtime.state.VaultMemory;
import io.witan.runtime.vault.ExpertVault;
import io.witan.runtime.vault.VaultFile;
import io.witan.runtime.vault.VaultFolder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The vault of one rank of some start, open on this rank. Closing it leaves a vault open in which the rank goes on. */
final class VaultSource implements AutoCloseable {
    private final VaultFile.Kind kind;
    private final int ranks;
    private final int rank;
    private final boolean own;
    private final String report;
    private final Runnable closing;
    private final List<SavedStep> steps = new ArrayList<>();

    private VaultSource(VaultFile.Kind kind, int ranks, int rank, boolean own, String report, Runnable closing) {
        this.kind = kind;
        this.ranks = ranks;
        this.rank = rank;
        this.own = own;
        this.report = report;
        this.closing = closing;
    }

    /**
     * @throws io.witan.runtime.vault.VaultException if it cannot be used at all
     * @throws IllegalArgumentException if what was committed cannot be read
     */
    static VaultSource open(VaultFolder folder, VaultFile file, String run) {
        ExpertVault vault = ExpertVault.open(folder.of(file), file.rank());
        VaultSource source =
                new VaultSource(file.kind(), file.ranks(), file.rank(), false, vault.report(), vault::close);
        try {
            vault.recovered().forEach(step -> source.add(SavedStep.of(vault::segment, step), run));
            return source;
        } catch (RuntimeException | Error e) {
            vault.close();
            throw e;
        }
    }

    /** Of the vault in which this rank goes on. */
    static VaultSource own(VaultMemory vault, int ranks, int rank, String run) {
        VaultSource source = new VaultSource(VaultFile.Kind.OWN, ranks, rank, true, vault.report(), () -> {});
        vault.recovered().forEach(step -> source.add(SavedStep.of(vault::segment, step), run));
        return source;
    }

    private void add(SavedStep step, String run) {
        if (step.isOf(run, ranks)) {
            steps.add(step);
        }
    }

    VaultFile.Kind kind() {
        return kind;
    }

    int ranks() {
        return ranks;
    }

    int rank() {
        return rank;
    }

    /** What it holds, or why it holds nothing, in one line. */
    String report() {
        return report;
    }

    /** @param at this rank */
    List<Holding> holdings(int at) {
        return steps.stream()
                .map(step ->
                        new Holding(kind, ranks, rank, step.commit().engine().step(), step.ownersHash(), at, own))
                .toList();
    }

    /** The step that a holding of this rank stands for, if it is in this vault. */
    Optional<SavedStep> find(Holding holding) {
        boolean same =
                kind == holding.kind() && ranks == holding.ranks() && rank == holding.rank() && own == holding.own();
        return same
                ? steps.stream()
                        .filter(step -> step.commit().engine().step() == holding.step()
                                && step.ownersHash() == holding.owners())
                        .findFirst()
                : Optional.empty();
    }

    @Override
    public void close() {
        closing.run();
    }
}
