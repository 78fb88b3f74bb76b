package io.witan.models.merge;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.witan.models.Families;
import io.witan.models.Recipes;
import io.witan.models.RunStorage;
import io.witan.models.family.MoeShape;
import io.witan.runtime.checkpoint.Checkpoint;
import io.witan.runtime.checkpoint.CheckpointException;
import io.witan.runtime.checkpoint.CheckpointStore;
import io.witan.runtime.checkpoint.Dtype;
import io.witan.runtime.checkpoint.FileRecord;
import io.witan.runtime.checkpoint.Manifest;
import io.witan.runtime.checkpoint.StagedFolder;
import io.witan.runtime.checkpoint.Staging;
import io.witan.runtime.checkpoint.StreamedTensor;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.train.EngineState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Checkpoints of one architecture, open to be merged into a new run's folder. */
public final class ModelMerge implements AutoCloseable {
    /** Name of the recipe in the folder: that of the base, beginning with the merged checkpoint. */
    public static final String RECIPE = "recipe.yaml";

    private static final String CHECKPOINTS = "checkpoints";

    private final List<Checkpoint> open;
    private final Checkpoint base;
    private final List<Checkpoint> models;
    private final List<String> names;
    private final CheckpointVectors vectors;
    private final float[] merged = new float[Piece.MOST];
    private long changed;

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
            String config = ConfigTree.parse(base.manifest().config(), base.folder() + ": configuration")
                    .setText("checkpoint.init_from", staged.target().toString(), "merge")
                    .toYaml();
            staged.write(RECIPE, config.getBytes(StandardCharsets.UTF_8));
            changed = 0;
            writeCheckpoint(staged.folder().resolve(CHECKPOINTS), method.prepare(vectors), config, createdBy);
            staged.publish();
        }
        return new Summary(names.size(), vectors.count(), changed);
    }

    private void writeCheckpoint(Path folder, PieceMerger merger, String config, String createdBy) {
        CheckpointStore store = new CheckpointStore(folder);
        store.prepare(0);
        Staging staging = store.stage(0);
        List<FileRecord> written = new ArrayList<>();
        for (FileRecord file : base.manifest().files()) {
            List<StreamedTensor> tensors = new ArrayList<>();
            for (int tensor = 0; tensor < names.size(); tensor++) {
                String name = names.get(tensor);
                if (base.fileName(name).equals(file.name())) {
                    tensors.add(new StreamedTensor(name, Dtype.F32, base.shape(name), content(tensor, merger)));
                }
            }
            written.add(staging.stream(file.name(), tensors));
        }
        Manifest of = base.manifest();
        store.publish(new Manifest(
                Manifest.FORMAT_VERSION,
                0,
                1,
                of.modelFingerprint(),
                of.tokenizerFingerprint(),
                of.dataFingerprint(),
                config,
                new JsonMapper().valueToTree(beginning()),
                written,
                createdBy));
    }

    private EngineState beginning() {
        MoeShape moe = Families.of(Recipes.bind(ConfigTree.parse(base.manifest().config(), "configuration")))
                .moe();
        int[][] owners = new int[moe.layers()][moe.experts() * moe.expertSharding()];
        return new EngineState(0, 1, Map.of(), owners, List.of(), 0, null, 0, null, null, null);
    }

    private StreamedTensor.Content content(int tensor, PieceMerger merger) {
        return new StreamedTensor.Content() {
            @Override
            public long byteSize() {
                return base.floats(names.get(tensor)).byteSize();
            }

            @Override
            public void copy(long from, byte[] to, int length) {
                ByteBuffer bytes = ByteBuffer.wrap(to, 0, length).order(ByteOrder.LITTLE_ENDIAN);
                for (int done = 0; done < length; done += Piece.MOST * Float.BYTES) {
                    int count = Math.min(Piece.MOST, (length - done) / Float.BYTES);
                    long first = (from + done) / Float.BYTES;
                    Piece piece = vectors.piece(tensor, first, count);
                    merger.merge(piece, merged);
                    for (int i = 0; i < count; i++) {
                        if (!Float.isFinite(merged[i])) {
                            throw new MergeException("tensor " + names.get(tensor) + ", value " + (first + i)
                                    + ": what is merged is not finite; is the scale too large?");
                        }
                        bytes.putFloat(merged[i]);
                        changed += merged[i] == piece.base[i] ? 0 : 1;
                    }
                }
            }
        };
    }

    @Override
    public void close() {
        open.forEach(Checkpoint::close);
    }
}
