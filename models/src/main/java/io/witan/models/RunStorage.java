package io.witan.models;

import io.witan.models.family.ModelFamily;
import io.witan.runtime.checkpoint.Checkpoint;
import io.witan.runtime.checkpoint.CheckpointException;
import io.witan.runtime.checkpoint.CheckpointStore;
import io.witan.runtime.config.ConfigBinder;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.data.DataException;
import io.witan.runtime.engine.RankMessages;
import io.witan.runtime.engine.RankRuntime;
import io.witan.runtime.train.TrainingCheckpoint;
import io.witan.runtime.train.TrainingPhases;
import io.witan.runtime.train.recovery.ResumeCheck;
import io.witan.runtime.vault.NodeMemory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where a run keeps what outlives its processes: checkpoints, and the steps between them in a vault.
 *
 * @param out folder of the run; null to save nothing
 * @param memory of this node, for vaults if the recipe names no folder for them; empty: they lie in the output folder
 */
public record RunStorage(Recipe recipe, Path out, Optional<NodeMemory> memory) {
    private static final String CHECKPOINTS = "checkpoints";

    /** With vaults in the output folder. */
    RunStorage(Recipe recipe, Path out) {
        this(recipe, out, Optional.empty());
    }

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
     * @return what may be lost, in a line for people
     * @throws io.witan.runtime.checkpoint.CheckpointException in one line
     */
    public Optional<String> requireResumable(ModelFamily<?, ?> family, TrainingPhases<?> phases, Path from) {
        TrainingCheckpoint.Identity identity = identity(recipe, family, phases, "");
        Path path = checkpoints(from);
        long known = TrainingCheckpoint.newestStep(path);
        boolean counts = from.equals(out) && recipe.checkpoint().vault();
        if (counts && !vaults().mayBeElsewhere()) {
            ResumeCheck.requireFits(vaults().folder(), known, identity);
        }
        Optional<String> lost = counts ? lostMemory() : Optional.empty();
        if (counts && known < 0) {
            return lost;
        }
        try (Checkpoint saved = Checkpoint.open(path)) {
            requireSameShards(saved);
            identity.requireSame(saved);
            saved.verify();
        }
        return lost;
    }

    private Optional<String> lostMemory() {
        return vaults().folder()
                .lostMemory()
                .map(folder -> "the last steps were in memory, in " + folder
                        + ", which is not on this machine (any more): if no node"
                        + " has it, the run goes on from its last checkpoint");
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

    /**
     * A file may have changed between one rank's reading and another's.
     *
     * @param run as the identity of this rank's checkpoints tells it
     */
    static void requireSame(RankRuntime runtime, String run) {
        List<String> runs = RankMessages.exchange(runtime, run);
        for (int rank = 1; rank < runs.size(); rank++) {
            if (!runs.get(rank).equals(runs.getFirst())) {
                throw new DataException("rank " + rank + " trains on other data, or another model, than rank 0: "
                        + runs.get(rank) + " against " + runs.getFirst());
            }
        }
    }

    /** Null if nothing is saved. */
    CheckpointStore checkpoints() {
        return out == null
                ? null
                : new CheckpointStore(
                        out.resolve(CHECKPOINTS), recipe.checkpoint().keep());
    }

    /** The steps between checkpoints. */
    RunVaults vaults() {
        return new RunVaults(recipe.checkpoint(), out, memory);
    }
}
