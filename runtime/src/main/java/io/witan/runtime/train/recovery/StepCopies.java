package io.witan.runtime.train.recovery;

import io.witan.runtime.vault.ExpertVault;
import io.witan.runtime.vault.VaultException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The last two copies of a rank's steps: one is whole while the other is written. */
final class StepCopies implements AutoCloseable {
    private static final Set<VaultException.Reason> REPLACEABLE =
            EnumSet.of(VaultException.Reason.ABSENT, VaultException.Reason.GEOMETRY, VaultException.Reason.CORRUPT);

    private final ExpertVault vault;
    private int slot;

    private StepCopies(ExpertVault vault) {
        this.vault = vault;
        this.slot = vault.recovered().isEmpty()
                ? 0
                : 1 - vault.recovered().getFirst().slot();
    }

    /** Those that are there, or none yet. */
    static StepCopies open(Path folder, int rank, List<ExpertVault.Entry> entries) {
        try {
            return new StepCopies(ExpertVault.open(folder, rank, entries));
        } catch (VaultException e) {
            if (!REPLACEABLE.contains(e.reason())) {
                throw e;
            }
            return new StepCopies(ExpertVault.create(folder, rank, entries));
        }
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
