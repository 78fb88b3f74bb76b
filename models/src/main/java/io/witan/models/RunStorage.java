package io.witan.models;

import io.witan.models.family.ModelFamily;
import io.witan.runtime.checkpoint.Checkpoint;
import io.witan.runtime.checkpoint.CheckpointException;
import io.witan.runtime.checkpoint.CheckpointStore;
import io.witan.runtime.config.ConfigBinder;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.VaultMemory;
import io.witan.runtime.train.TrainingCheckpoint;
import io.witan.runtime.train.TrainingPhases;
import io.witan.runtime.train.VaultRecovery;
import io.witan.runtime.vault.ExpertVault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Where a run keeps what outlives its processes: checkpoints, and the steps between them in a vault.
 *
 * @param out folder of the run; null to save nothing
 */
public record RunStorage(Recipe recipe, Path out) {
    private static final String CHECKPOINTS = "checkpoints";
    private static final String VAULT = "vault";

    /** The checkpoints of a run's output folder, or the path itself if it is no such folder. */
    public static Path checkpoints(Path runOrCheckpoint) {
        Path inside = runOrCheckpoint.resolve(CHECKPOINTS);
        return Files.isDirectory(inside) ? inside : runOrCheckpoint;
    }

    /**
     * Refuses a resume that cannot work, before anything is written: checks every file of the newest checkpoint and that
     * it is of this recipe's model, tokenizer and data; without a checkpoint, the same for the vault. The vault counts only if the run
     * goes on in its own folder.
     *
     * @param phases that the family opened
     * @param from output folder of a run, its checkpoints folder, or one checkpoint
     * @throws io.witan.runtime.checkpoint.CheckpointException in one line
     */
    public void requireResumable(ModelFamily<?, ?> family, TrainingPhases<?> phases, int ranks, Path from) {
        TrainingCheckpoint.Identity identity = identity(recipe, family, phases, "");
        Path path = checkpoints(from);
        long known = TrainingCheckpoint.newestStep(path);
        if (from.equals(out) && recipe.checkpoint().vault()) {
            VaultRecovery.requireFits(vault(), ranks, known, identity);
            if (known < 0) {
                return;
            }
        }
        try (Checkpoint saved = Checkpoint.open(path)) {
            requireSameShards(saved);
            identity.requireSame(saved);
            saved.verify();
        }
    }

    /** Every shard of an expert is saved by itself: a run goes on with as many as it began with. */
    private void requireSameShards(Checkpoint saved) {
        String config = saved.manifest().config();
        String before = ConfigTree.parse(config, saved.folder() + ": configuration")
                .section("parallel")
                .text("expert_sharding")
                .orElse("1");
        String now = Integer.toString(recipe.parallel().expertSharding());
        if (!before.equals(now)) {
            throw CheckpointException.otherRun(saved.folder(), "parallel.expert_sharding", now, before);
        }
    }

    /** What a checkpoint must be of. */
    static TrainingCheckpoint.Identity identity(
            Recipe recipe, ModelFamily<?, ?> family, TrainingPhases<?> phases, String createdBy) {
        return new TrainingCheckpoint.Identity(
                family.fingerprint(),
                family.tokenizerFingerprint(),
                phases.fingerprint(family.declare(1)),
                ConfigBinder.toTree(recipe).toYaml(),
                recipe.parallel().sharding(),
                createdBy);
    }

    /** Null if nothing is saved. */
    CheckpointStore checkpoints() {
        return out == null
                ? null
                : new CheckpointStore(
                        out.resolve(CHECKPOINTS), recipe.checkpoint().keep());
    }

    /** Memory of a run that begins. */
    StateMemory.Factory newMemory(int rank) {
        return (regions, exchange) -> usesVault()
                ? VaultMemory.create(vault(), rank, regions, exchange)
                : StateMemory.inPlace(regions, exchange);
    }

    /**
     * Memory of a run that goes on.
     *
     * @param from as for {@link #requireResumable}
     * @param opened gets the vault that an earlier run in this folder left
     */
    StateMemory.Factory memoryOf(Path from, int rank, Consumer<VaultMemory> opened) {
        if (!usesVault() || !out.equals(from)) {
            return newMemory(rank);
        }
        return (regions, exchange) -> {
            VaultMemory memory = VaultMemory.open(vault(), rank, regions, exchange);
            opened.accept(memory);
            return memory;
        };
    }

    /** A rank's, if there is one: the last checkpoint has all that it had. */
    void deleteVault(int rank) {
        if (usesVault()) {
            ExpertVault.delete(vault(), rank);
        }
    }

    private boolean usesVault() {
        return recipe.checkpoint().vault() && out != null;
    }

    private Path vault() {
        return out.resolve(VAULT);
    }
}
