package io.witan.runtime.train.recovery;

import io.witan.runtime.checkpoint.CheckpointException;
import io.witan.runtime.train.TrainingCheckpoint;
import io.witan.runtime.train.VaultCommit;
import io.witan.runtime.vault.ExpertVault;
import io.witan.runtime.vault.ExpertVault.RecoveredStep;
import io.witan.runtime.vault.VaultFile;
import io.witan.runtime.vault.VaultFolder;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Refuses a resume that would lose what only vaults hold, before the run touches anything. */
public final class ResumeCheck {
    private ResumeCheck() {}

    /**
     * Looks at one vault of each start that is left, of each place where it has some, where it is newer than the checkpoint.
     *
     * @param known step of the newest checkpoint, -1 if there is none
     * @param identity of this run
     * @throws CheckpointException in one line: nothing is saved at all, or a newer vault is of another model or data
     * @throws io.witan.runtime.vault.VaultException if a vault cannot be read or a process holds it
     */
    public static void requireFits(VaultFolder folder, long known, TrainingCheckpoint.Identity identity) {
        if (folder.isOfEarlierVersion()) {
            throw CheckpointException.earlierFormat(folder.root(), "what is in it");
        }
        List<VaultFile> files = folder.files();
        Set<Path> looked = new HashSet<>();
        boolean holds = known >= 0;
        for (VaultFile file : files) {
            if (looked.add(folder.of(file))) {
                holds |= requireFits(folder, file, known, identity);
            }
        }
        if (!holds) {
            throw CheckpointException.nothingSaved(
                    folder.root().getParent(),
                    files.isEmpty()
                            ? "no checkpoint and no vault is in it"
                            : "no checkpoint is in it, and its vault holds no complete step");
        }
    }

    /** Returns whether the vault holds a step. */
    private static boolean requireFits(
            VaultFolder folder, VaultFile file, long known, TrainingCheckpoint.Identity identity) {
        try (ExpertVault vault = ExpertVault.open(folder.of(file), file.rank())) {
            if (vault.recovered().isEmpty()) {
                return false;
            }
            RecoveredStep newest = vault.recovered().getFirst();
            if (newest.step() > known) {
                requireSame(folder, VaultCommit.fromBytes(newest.engineState()), identity);
            }
            return true;
        }
    }

    private static void requireSame(VaultFolder folder, VaultCommit newest, TrainingCheckpoint.Identity identity) {
        if (newest.slots() == null) {
            throw CheckpointException.earlierFormat(
                    folder.root(), "the vault's step " + newest.engine().step());
        }
        if (!newest.run().equals(identity.run())) {
            throw CheckpointException.otherRun(
                    folder.root(), "model, data or how experts are kept", identity.run(), newest.run());
        }
    }
}
