package io.witan.runtime.train.recovery;

import io.witan.runtime.state.RegionKeys;
import io.witan.runtime.state.StatePart;
import io.witan.runtime.train.VaultCommit;
import io.witan.runtime.vault.ExpertVault.RecoveredStep;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * One whole step of one rank, where it lies in an open vault.
 *
 * @param regions of that vault
 * @param commit what was committed with it
 */
record SavedStep(Regions regions, int slot, VaultCommit commit) {
    /** Memory of a vault, by key and slot. */
    @FunctionalInterface
    interface Regions {
        MemorySegment segment(String key, int slot);
    }

    static SavedStep of(Regions regions, RecoveredStep step) {
        return new SavedStep(regions, step.slot(), VaultCommit.fromBytes(step.engineState()));
    }

    /** True if it is of that run, in the form of this version. @param run as {@code TrainingCheckpoint.Identity} tells it */
    boolean isOf(String run, int ranks) {
        return commit.run().equals(run)
                && commit.slots() != null
                && commit.engine().ranks() == ranks;
    }

    int ownersHash() {
        return Arrays.deepHashCode(commit.engine().owners());
    }

    MemorySegment dense(StatePart part) {
        return regions.segment(RegionKeys.of(RegionKeys.DENSE, part), slot);
    }

    /** Of an expert that the rank owned, or had a slice of. */
    MemorySegment expert(int layer, int expert, StatePart part) {
        int[][] contents = commit.slots();
        for (int region = 0; region < contents.length; region++) {
            if (contents[region][0] == layer && contents[region][1] == expert) {
                return regions.segment(RegionKeys.of(RegionKeys.expert(region), part), slot);
            }
        }
        throw new IllegalStateException("the vault has nothing of expert " + expert + " of layer " + layer);
    }
}
