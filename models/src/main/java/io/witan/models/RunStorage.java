package io.witan.models;

import io.witan.models.family.ModelFamily;
import io.witan.runtime.checkpoint.Checkpoint;
import io.witan.runtime.checkpoint.CheckpointException;
import io.witan.runtime.checkpoint.CheckpointStore;
import io.witan.runtime.config.ConfigBinder;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.engine.RankMessages;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.state.StateMemory;
import io.witan.runtime.state.TrainingState;
import io.witan.runtime.state.VaultMemory;
import io.witan.runtime.train.TrainingCheckpoint;
import io.witan.runtime.train.TrainingPhases;
import io.witan.runtime.train.recovery.PeerCopies;
import io.witan.runtime.train.recovery.ResumeCheck;
import io.witan.runtime.vault.VaultException;
import io.witan.runtime.vault.VaultFile;
import io.witan.runtime.vault.VaultFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a run keeps what outlives its processes: checkpoints, and the steps between them in a vault.
 *
 * @param out folder of the run; null to save nothing
 */
public record RunStorage(Recipe recipe, Path out) {
    private static final Logger LOG = LoggerFactory.getLogger(RunStorage.class);
    private static final String CHECKPOINTS = "checkpoints";
    private static final String VAULT = "vault";

    /** The checkpoints of a run's output folder, or the path itself if it is no such folder. */
    public static Path checkpoints(Path runOrCheckpoint) {
        Path inside = runOrCheckpoint.resolve(CHECKPOINTS);
        return Files.isDirectory(inside) ? inside : runOrCheckpoint;
    }

    /**
     * Refuses a resume that cannot work, before anything is written: checks every file of the newest checkpoint and that
     * it is of this recipe's model, tokenizer and data; the same for vaults that are newer. Vaults count only if the run goes on in its own
     * folder.
     *
     * @param phases that the family opened
     * @param from output folder of a run, its checkpoints folder, or one checkpoint
     * @throws io.witan.runtime.checkpoint.CheckpointException in one line
     */
    public void requireResumable(ModelFamily<?, ?> family, TrainingPhases<?> phases, Path from) {
        TrainingCheckpoint.Identity identity = identity(recipe, family, phases, "");
        Path path = checkpoints(from);
        long known = TrainingCheckpoint.newestStep(path);
        if (from.equals(out) && recipe.checkpoint().vault()) {
            boolean mayBeElsewhere = recipe.checkpoint().vaultFolder().isPresent()
                    && vaults().files().isEmpty();
            if (!mayBeElsewhere) {
                ResumeCheck.requireFits(vaults(), known, identity);
            }
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
    StateMemory.Factory newMemory(int rank, int ranks) {
        return (regions, exchange) -> usesVault()
                ? VaultMemory.create(vaults().of(ranks), rank, regions, exchange)
                : StateMemory.inPlace(regions, exchange);
    }

    /**
     * Memory of a run that goes on.
     *
     * @param from as for {@link #requireResumable}
     * @param opened gets the vault in which the rank goes on, with what an earlier start on as many ranks left in it; not called if vaults
     *     do not count
     */
    StateMemory.Factory memoryOf(Path from, int rank, int ranks, Consumer<VaultMemory> opened) {
        if (!usesVault() || !out.equals(from)) {
            return newMemory(rank, ranks);
        }
        return (regions, exchange) -> {
            VaultMemory memory = VaultMemory.open(vaults().of(ranks), rank, regions, exchange);
            opened.accept(memory);
            return memory;
        };
    }

    /**
     * Copies of vaults, if the recipe wants them and there are ranks and experts for it; all ranks call it together.
     *
     * @param run as {@link TrainingCheckpoint.Identity} tells it
     * @param spent vaults of earlier starts, removed when a copy is whole, or at once if none are made
     */
    Optional<PeerCopies> copies(RankRuntime runtime, TrainingState state, String run, List<VaultFile> spent) {
        int interval = recipe.checkpoint().peerCopySteps();
        boolean wanted = interval > 0 && usesVault() && runtime.size() > 1 && state.moeLayerCount() > 0;
        if (!wanted) {
            // All ranks have taken up what they go on from.
            RankMessages.exchange(runtime, "");
            delete(spent);
            return Optional.empty();
        }
        return Optional.of(PeerCopies.start(runtime, state, vaults(), run, interval, () -> deleteIfPossible(spent)));
    }

    /** In the middle of a run that needs nothing of them. */
    private void deleteIfPossible(List<VaultFile> spent) {
        try {
            delete(spent);
        } catch (VaultException e) {
            LOG.warn("vaults of an earlier start stay: {}", e.getMessage());
        }
    }

    private void delete(List<VaultFile> files) {
        files.forEach(file -> vaults().delete(file.kind(), file.ranks(), file.rank()));
    }

    /** Those that a rank has made and kept. */
    void deleteCopies(PeerCopies copies, int rank, int ranks) {
        vaults().delete(VaultFile.Kind.KEPT, ranks, rank);
        copies.sources().forEach(source -> vaults().delete(VaultFile.Kind.PEER, ranks, source));
    }

    /**
     * A rank's, if there is one, and what earlier starts left: the last checkpoint has all that they had.
     *
     * @param spent by this rank's start
     * @param copied true: other ranks may still have copies open that they made
     */
    void deleteVault(int rank, int ranks, List<VaultFile> spent, boolean copied) {
        if (usesVault()) {
            vaults().delete(VaultFile.Kind.OWN, ranks, rank);
            delete(spent);
            delete(vaults().files().stream()
                    .filter(left -> left.ranks() != ranks || left.kind() != VaultFile.Kind.OWN && !copied)
                    .toList());
        }
    }

    private boolean usesVault() {
        return recipe.checkpoint().vault() && out != null;
    }

    /** Where the vaults of all ranks lie, those of this node if each has a folder of its own. */
    VaultFolder vaults() {
        return new VaultFolder(recipe.checkpoint()
                .vaultFolder()
                .map(folder -> Path.of(folder).toAbsolutePath().resolve(runName()))
                .orElseGet(() -> out.resolve(VAULT)));
    }

    /** The same on all nodes, as they see the output folder at the same path; another one for each output folder. */
    private String runName() {
        String path = out.toAbsolutePath().normalize().toString();
        return String.format(Locale.ROOT, "%s-%08x", out.getFileName(), path.hashCode());
    }
}
