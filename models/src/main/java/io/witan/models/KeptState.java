package io.witan.models;

import io.witan.runtime.engine.RankMessages;
import io.witan.runtime.state.VaultMemory;
import io.witan.runtime.train.EngineState;
import io.witan.runtime.train.TrainingCheckpoint;
import io.witan.runtime.train.recovery.VaultRecovery;
import io.witan.runtime.vault.VaultFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a run has kept in vaults and checkpoints, to be taken up by the model of a rank. All ranks call it together. */
final class KeptState {
    private final ModelInstance<?, ?> instance;
    private final RunStorage storage;
    private final TrainingCheckpoint checkpoint;
    private final List<String> notes = new ArrayList<>();

    /** All stay the caller's. */
    KeptState(ModelInstance<?, ?> instance, RunStorage storage, TrainingCheckpoint checkpoint) {
        this.instance = instance;
        this.storage = storage;
        this.checkpoint = checkpoint;
    }

    /**
     * The newest step that was found; the model's tensors are its.
     *
     * @param engine what the run needs besides tensors
     * @param owed its checkpoint and evaluation may be missing
     * @param origin where it is from if it did not lie in this rank's vault as it was left, nor in a checkpoint; empty otherwise
     * @param spent vaults of earlier starts that this rank is to remove when what this start keeps is as safe
     */
    record Taken(EngineState engine, boolean owed, String origin, List<VaultFile> spent) {}

    /** What could not be taken up, and why, in a line each, for people; the same on all ranks. */
    List<String> notes() {
        return notes;
    }

    /**
     * Takes up the newest step; empty, on all ranks, if nothing is kept there.
     *
     * @param from output folder of a run, its checkpoints folder, or one checkpoint
     * @param own vault in which this rank goes on; empty if those of the run do not count
     */
    Optional<Taken> takeUp(Path from, List<VaultMemory> own) {
        Path path = RunStorage.checkpoints(from);
        long saved = newestOfAll(path);
        if (own.isEmpty()) {
            return saved < 0 ? Optional.empty() : Optional.of(new Taken(load(path), false, "", List.of()));
        }
        try (VaultRecovery vaults = VaultRecovery.open(
                instance.runtime(),
                instance.state(),
                storage.vaults().folder(),
                own.getFirst(),
                checkpoint.identity().run())) {
            Optional<EngineState> newer = vaults.recover(saved);
            long step = newer.map(EngineState::step).orElse(saved);
            vaults.loss(step).ifPresent(notes::add);
            if (step < 0) {
                return Optional.empty();
            }
            return Optional.of(new Taken(
                    newer.orElseGet(() -> load(path)),
                    newer.isPresent(),
                    vaults.origin().orElse(""),
                    vaults.spent(step)));
        }
    }

    private EngineState load(Path path) {
        return checkpoint.load(path, instance.state(), instance.declared());
    }

    /** The newest checkpoint that all ranks see: a shared file system may show one to some ranks first; -1: none. */
    private long newestOfAll(Path path) {
        return RankMessages.all(
                        instance.runtime(),
                        () -> Long.toString(Files.isDirectory(path) ? TrainingCheckpoint.newestStep(path) : -1))
                .stream()
                .mapToLong(Long::parseLong)
                .min()
                .orElseThrow();
    }
}
