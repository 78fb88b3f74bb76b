package io.witan.models.merge;

import com.fasterxml.jackson.databind.JsonNode;
import io.witan.models.RunStorage;
import io.witan.runtime.checkpoint.Checkpoint;
import io.witan.runtime.checkpoint.CheckpointException;
import io.witan.runtime.checkpoint.StagedFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A shared model and the exclusive vectors of tasks beside it, open to be put together (Twin-Merging, Lu et al., arXiv 2406.15479): shared + sum of weight x exclusive
 * vector.
 */
public final class TwinModel implements AutoCloseable {
    private final Checkpoint shared;
    private final Checkpoint exclusive;
    private final int tasks;

    private TwinModel(Path folder, Checkpoint shared, Checkpoint exclusive) {
        this.shared = shared;
        this.exclusive = exclusive;
        JsonNode engine = exclusive.manifest().engine();
        this.tasks = engine.path(ExclusiveWriter.TASKS).asInt();
        String of = engine.path(ExclusiveWriter.SHARED).asText();
        if (tasks < 1 || !of.equals(ExclusiveWriter.identity(shared.manifest().files()))) {
            throw new MergeException(
                    folder + ": its exclusive vectors are not of the model in its newest checkpoint; make both again");
        }
        List.of(shared, exclusive).parallelStream().forEach(Checkpoint::verify);
    }

    /**
     * Opens and verifies both.
     *
     * @param folder that {@link ModelMerge#writeTwin} made
     * @throws CheckpointException if one cannot be read
     * @throws MergeException if it is no such folder, or its parts do not belong together
     */
    public static TwinModel open(Path folder) {
        Path vectors = folder.resolve(ExclusiveWriter.FOLDER);
        if (!Files.isDirectory(vectors)) {
            throw new MergeException(folder + ": no exclusive vectors; expected a folder that --method twin made");
        }
        Checkpoint shared = Checkpoint.open(RunStorage.checkpoints(folder));
        Checkpoint exclusive = null;
        try {
            exclusive = Checkpoint.open(vectors);
            return new TwinModel(folder, shared, exclusive);
        } catch (RuntimeException | Error e) {
            if (exclusive != null) {
                exclusive.close();
            }
            shared.close();
            throw e;
        }
    }

    /** How many exclusive vectors there are. */
    public int tasks() {
        return tasks;
    }

    /**
     * Writes shared + sum of weight x exclusive vector, as {@link ModelMerge#write} does.
     *
     * @param to does not exist
     * @param by a weight for each task
     * @param createdBy product and version
     * @throws CheckpointException if it does, or cannot be written; nothing stays then
     * @throws MergeException if there are not as many weights as tasks, or a value is not finite; nothing stays then
     */
    public ModelMerge.Summary write(Path to, WeightedSum by, String createdBy) {
        by.requireModels(tasks);
        ExclusiveVectors vectors = new ExclusiveVectors(shared, exclusive, tasks);
        try (StagedFolder staged = StagedFolder.of(to)) {
            MergedRun.Written written = new MergedRun(shared, vectors, by.merger()).write(staged, createdBy);
            staged.publish();
            return new ModelMerge.Summary(shared.parameterNames().size(), vectors.count(), written.changed());
        }
    }

    @Override
    public void close() {
        exclusive.close();
        shared.close();
    }
}
