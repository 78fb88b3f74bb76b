package io.witan.runtime.train.recovery;

import io.witan.runtime.vault.ExpertVault;
import io.witan.runtime.vault.VaultException;
import io.witan.runtime.vault.VaultFile;
import io.witan.runtime.vault.VaultFolder;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The last two copies of a rank's steps: one is whole while the other is written. */
final class StepCopies implements AutoCloseable {
    private static final Set<VaultException.Reason> REPLACEABLE =
            EnumSet.of(VaultException.Reason.ABSENT, VaultException.Reason.GEOMETRY, VaultException.Reason.CORRUPT);

    private final VaultFile.Kind kind;
    private final int rank;
    private final ExpertVault vault;
    private int slot;

    private StepCopies(VaultFile.Kind kind, int rank, ExpertVault vault) {
        this.kind = kind;
        this.rank = rank;
        this.vault = vault;
        this.slot = vault.recovered().isEmpty()
                ? 0
                : 1 - vault.recovered().getFirst().slot();
    }

    /**
     * Those that are there, or none yet.
     *
     * @param ranks of this start
     * @param rank whose steps they are
     */
    static StepCopies open(
            VaultFolder folders, VaultFile.Kind kind, int ranks, int rank, List<ExpertVault.Entry> entries) {
        Path folder = folders.of(kind, ranks);
        try {
            return new StepCopies(kind, rank, ExpertVault.open(folder, rank, entries));
        } catch (VaultException e) {
            if (!REPLACEABLE.contains(e.reason())) {
                throw e;
            }
            return new StepCopies(kind, rank, ExpertVault.create(folder, rank, entries));
        }
    }

    /**
     * Those that are whole and of this run.
     *
     * @param run as {@code TrainingCheckpoint.Identity} tells it
     * @param ranks of this start
     * @param at this rank
     */
    List<Holding> holdings(String run, int ranks, int at) {
        return whole(run, ranks)
                .map(step ->
                        new Holding(kind, ranks, rank, step.commit().engine().step(), step.ownersHash(), at, false))
                .toList();
    }

    private Stream<SavedStep> whole(String run, int ranks) {
        return vault.recovered().stream().flatMap(this::readable).filter(step -> step.isOf(run, ranks));
    }

    /** What another version has written in another form is of no use to this one. */
    private Stream<SavedStep> readable(ExpertVault.RecoveredStep step) {
        try {
            return Stream.of(SavedStep.of(vault::segment, step));
        } catch (IllegalArgumentException otherForm) {
            return Stream.empty();
        }
    }

    /** The next copy takes the other one's place. */
    void keep(String run, Holding generation) {
        whole(run, generation.ranks())
                .filter(step ->
                        step.commit().engine().step() == generation.step() && step.ownersHash() == generation.owners())
                .findFirst()
                .ifPresent(step -> slot = 1 - step.slot());
    }

    /** Of the copy that is being written. */
    MemorySegment segment(String key) {
        return vault.segment(key, slot);
    }

    /** Of the copy that is being written, from the front of one entry to the end of a later one. */
    MemorySegment span(String first, String last) {
        return vault.span(first, last, slot);
    }

    /** The copy that was being written is whole; the next one takes the place of the older one. */
    void commit(long step, byte[] engineState) {
        vault.commit(step, slot, engineState);
        slot = 1 - slot;
    }

    @Override
    public void close() {
        vault.close();
    }
}
