package io.witan.runtime.train;

import io.witan.runtime.checkpoint.CheckpointException;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.vault.ExpertVault;
import io.witan.runtime.vault.ExpertVault.RecoveredStep;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Finds the newest step that the vaults of all ranks hold whole, with the same owners. */
public final class VaultRecovery {
    private VaultRecovery() {}

    /**
     * Takes up that step, and its owners, if it is newer than what is known otherwise. All ranks call it together. Layers have to
     * follow the owners.
     *
     * @param whole this rank's whole steps
     * @param known step of the newest checkpoint, -1 if there is none
     * @param identity of this run; steps of another one do not count
     * @return the engine's state at that step; empty if the vaults have nothing newer in common
     */
    public static Optional<EngineState> recover(
            RankRuntime runtime,
            TrainingState state,
            List<RecoveredStep> whole,
            long known,
            TrainingCheckpoint.Identity identity) {
        List<RecoveredStep> own = whole.stream()
                .filter(step -> commit(step).engine().ranks() == runtime.size())
                .filter(step -> commit(step).run().equals(identity.run()))
                .filter(step -> commit(step).slots() != null)
                .toList();
        String text = own.stream().map(VaultRecovery::name).collect(Collectors.joining(" "));
        List<String> all = RankMessages.exchange(runtime, text);
        for (RecoveredStep candidate : own) {
            String wanted = name(candidate);
            boolean everywhere = all.stream()
                    .allMatch(steps -> Arrays.asList(steps.split(" ")).contains(wanted));
            if (candidate.step() > known && everywhere) {
                VaultCommit commit = commit(candidate);
                EngineState engine = commit.engine();
                state.activate(candidate.slot(), engine.owners(), commit.slots());
                engine.restoreUpdates(state);
                return Optional.of(engine);
            }
        }
        return Optional.empty();
    }

    /**
     * Refuses a resume that would lose what only the vault holds, before the run touches anything: a vault newer than the
     * checkpoint that does not fit would be replaced by an empty one.
     *
     * @param folder of the vaults of all ranks
     * @param known step of the newest checkpoint, -1 if there is none
     * @throws CheckpointException in one line: nothing is saved at all, or the newer vault is of another number of ranks,
     *     model or data
     * @throws io.witan.runtime.vault.VaultException if it cannot be read or a process holds it
     */
    public static void requireFits(Path folder, int ranks, long known, TrainingCheckpoint.Identity identity) {
        if (!ExpertVault.exists(folder, 0)) {
            if (known >= 0) {
                return;
            }
            throw CheckpointException.nothingSaved(folder.getParent(), "no checkpoint and no vault is in it");
        }
        try (ExpertVault vault = ExpertVault.open(folder, 0)) {
            if (known >= 0
                    && (vault.recovered().isEmpty()
                            || vault.recovered().getFirst().step() <= known)) {
                return;
            }
            if (vault.recovered().isEmpty()) {
                throw CheckpointException.nothingSaved(
                        folder.getParent(), "no checkpoint is in it, and its vault holds no complete step");
            }
            VaultCommit newest = commit(vault.recovered().getFirst());
            if (newest.engine().ranks() != ranks) {
                throw CheckpointException.otherRun(
                        folder,
                        "number of ranks",
                        Integer.toString(ranks),
                        Integer.toString(newest.engine().ranks()));
            }
            if (newest.slots() == null) {
                throw CheckpointException.earlierFormat(
                        folder,
                        "the vault's step " + vault.recovered().getFirst().step());
            }
            if (!newest.run().equals(identity.run())) {
                throw CheckpointException.otherRun(
                        folder, "model, data or how experts are kept", identity.run(), newest.run());
            }
        }
    }

    /**
     * What ranks compare: a rank that was killed before it wrote over a step may still have that of an earlier attempt, in which
     * experts went elsewhere.
     */
    private static String name(RecoveredStep step) {
        return step.step() + "/" + Arrays.deepHashCode(commit(step).engine().owners());
    }

    private static VaultCommit commit(RecoveredStep step) {
        return VaultCommit.fromBytes(step.engineState());
    }
}
