package io.witan.models.merge;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.witan.models.Families;
import io.witan.models.Recipes;
import io.witan.models.family.MoeShape;
import io.witan.runtime.checkpoint.Checkpoint;
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
import java.util.List;
import java.util.Map;

/** Writes a merged model as a run's folder: a recipe that begins with it, and a checkpoint of step 0 without moments. */
final class MergedRun {
    static final String CHECKPOINTS = "checkpoints";

    private final Checkpoint base;
    private final PieceSource source;
    private final PieceMerger merger;
    private final List<String> names;
    private final float[] merged = new float[Piece.MOST];
    private long changed;

    /**
     * @param base gives the configuration, and which tensors lie in which file
     * @param source of its tensors, in the order of their names
     */
    MergedRun(Checkpoint base, PieceSource source, PieceMerger merger) {
        this.base = base;
        this.source = source;
        this.merger = merger;
        this.names = base.parameterNames();
    }

    /**
     * What was written.
     *
     * @param files of the checkpoint
     * @param changed values that are not the base's
     */
    record Written(List<FileRecord> files, long changed) {}

    /**
     * @param createdBy product and version
     * @throws MergeException if a merged value is not finite
     */
    Written write(StagedFolder to, String createdBy) {
        String config = ConfigTree.parse(base.manifest().config(), base.folder() + ": configuration")
                .setText("checkpoint.init_from", to.target().toString(), "merge")
                .toYaml();
        to.write(ModelMerge.RECIPE, config.getBytes(StandardCharsets.UTF_8));
        changed = 0;
        return new Written(writeCheckpoint(to.folder().resolve(CHECKPOINTS), config, createdBy), changed);
    }

    private List<FileRecord> writeCheckpoint(Path folder, String config, String createdBy) {
        CheckpointStore store = new CheckpointStore(folder);
        store.prepare(0);
        Staging staging = store.stage(0);
        List<FileRecord> written = new ArrayList<>();
        for (FileRecord file : base.manifest().files()) {
            List<StreamedTensor> tensors = new ArrayList<>();
            for (int tensor = 0; tensor < names.size(); tensor++) {
                String name = names.get(tensor);
                if (base.fileName(name).equals(file.name())) {
                    tensors.add(new StreamedTensor(name, Dtype.F32, base.shape(name), content(tensor)));
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
        return written;
    }

    private EngineState beginning() {
        MoeShape moe = Families.of(Recipes.bind(ConfigTree.parse(base.manifest().config(), "configuration")))
                .moe();
        int[][] owners = new int[moe.layers()][moe.experts() * moe.expertSharding()];
        return new EngineState(0, 1, Map.of(), owners, List.of(), 0, null, 0, null, null, null);
    }

    private StreamedTensor.Content content(int tensor) {
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
                    Piece piece = source.piece(tensor, first, count);
                    merger.merge(piece, merged);
                    for (int i = 0; i < count; i++) {
                        if (!Float.isFinite(merged[i])) {
                            throw new MergeException("tensor " + names.get(tensor) + ", value " + (first + i)
                                    + ": what is merged is not finite; is the scale or a weight too large?");
                        }
                        bytes.putFloat(merged[i]);
                        changed += merged[i] == piece.base[i] ? 0 : 1;
                    }
                }
            }
        };
    }
}
