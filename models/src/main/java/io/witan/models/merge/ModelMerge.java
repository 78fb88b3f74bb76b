package io.witan.models.merge;

import io.witan.models.RunStorage;
import io.witan.runtime.checkpoint.Checkpoint;
import io.witan.runtime.checkpoint.CheckpointException;
import io.witan.runtime.checkpoint.StagedFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Checkpoints of one architecture, open to be merged into a new run's folder. */
public final class ModelMerge implements AutoCloseable {
    /** Name of the recipe in the folder: that of the base, beginning with the merged checkpoint. */
    public static final String RECIPE = "recipe.yaml";

    private final List<Checkpoint> open;
    private final Checkpoint base;
    private final List<Checkpoint> models;
    private final List<String> names;
    private final CheckpointVectors vectors;

    private ModelMerge(List<Checkpoint> open) {
        this.open = open;
        this.base = open.getFirst();
        this.models = List.copyOf(open.subList(1, open.size()));
        this.names = base.parameterNames();
        requireSameModel();
        open.parallelStream().forEach(Checkpoint::verify);
        this.vectors = new CheckpointVectors(base, models, names);
    }

    /**
     * Opens and verifies all. Nothing is written yet.
     *
     * @param base output folder of a run, its checkpoints folder, or one checkpoint; so are the models
     * @throws CheckpointException if one cannot be read
     * @throws MergeException if one is of another model or has other tokens
     */
    public static ModelMerge open(Path base, List<Path> models) {
        List<Checkpoint> open = new ArrayList<>();
        try {
            open.add(Checkpoint.open(RunStorage.checkpoints(base)));
            models.forEach(model -> open.add(Checkpoint.open(RunStorage.checkpoints(model))));
            return new ModelMerge(open);
        } catch (RuntimeException | Error e) {
            open.forEach(Checkpoint::close);
            throw e;
        }
    }

    static void requireAny(int models) {
        if (models < 1) {
            throw new MergeException("no model is named beside the base");
        }
    }

    private void requireSameModel() {
        Map<String, long[]> shapes = new HashMap<>();
        names.forEach(name -> shapes.put(name, base.shape(name)));
        for (Checkpoint model : models) {
            requireSame(
                    model,
                    "model",
                    base.manifest().modelFingerprint(),
                    model.manifest().modelFingerprint());
            requireSame(
                    model,
                    "tokenizer",
                    base.manifest().tokenizerFingerprint(),
                    model.manifest().tokenizerFingerprint());
            shapes.forEach(model::requireParameter);
        }
    }

    private void requireSame(Checkpoint model, String what, String expected, String found) {
        if (!expected.equals(found)) {
            throw new MergeException(model.folder() + ": its " + what + " is not that of the base " + base.folder()
                    + ": expected \"" + expected + "\", found \"" + found + "\"");
        }
    }

    /**
     * What came out.
     *
     * @param values of the merged model
     * @param changed of them that are not the base's
     */
    public record Summary(int tensors, long values, long changed) {}

    /**
     * Merges into a folder as a run's, with a checkpoint of step 0 and without moments. What gates had learnt from loads is not in it.
     *
     * @param to does not exist
     * @param createdBy product and version
     * @throws CheckpointException if it does, or cannot be written; nothing stays then
     * @throws MergeException if the method does not take so many models, or a value is not finite; nothing stays then
     */
    public Summary write(Path to, MergeMethod method, String createdBy) {
        method.requireModels(models.size());
        try (StagedFolder staged = StagedFolder.of(to)) {
            MergedRun.Written written = new MergedRun(base, vectors, method.prepare(vectors)).write(staged, createdBy);
            staged.publish();
            return new Summary(names.size(), vectors.count(), written.changed());
        }
    }

    /**
     * Writes the base, which is taken as the model that the others share, and beside it what each of them has alone: of its differences from the base the values of largest
     * magnitude (Twin-Merging, Lu et al., arXiv 2406.15479). {@link TwinModel} puts them together.
     *
     * @param to does not exist
     * @param keep share of each difference that is written, above 0 and at most 1
     * @param createdBy product and version
     * @return values of each model that were written; there are fewer than the share where a difference has more zeros
     * @throws CheckpointException if it does, or cannot be written; nothing stays then
     * @throws MergeException if there is no model, or a value is not finite; nothing stays then
     */
    public List<Long> writeTwin(Path to, double keep, String createdBy) {
        ExclusiveWriter exclusive = new ExclusiveWriter(base, keep);
        requireAny(models.size());
        PieceMerger copy = (piece, copied) -> System.arraycopy(piece.base, 0, copied, 0, piece.count);
        try (StagedFolder staged = StagedFolder.of(to)) {
            MergedRun.Written shared = new MergedRun(base, vectors, copy).write(staged, createdBy);
            long[] kept =
                    exclusive.write(staged.folder().resolve(ExclusiveWriter.FOLDER), models, shared.files(), createdBy);
            staged.publish();
            return Arrays.stream(kept).boxed().toList();
        }
    }

    @Override
    public void close() {
        open.forEach(Checkpoint::close);
    }
}
