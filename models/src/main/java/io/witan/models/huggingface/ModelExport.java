package io.witan.models.huggingface;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.witan.models.Families;
import io.witan.models.Recipe;
import io.witan.models.Recipes;
import io.witan.models.RunStorage;
import io.witan.models.gpt.GptMoeTensors;
import io.witan.models.huggingface.values.EncodedValues;
import io.witan.models.huggingface.values.NumberFormat;
import io.witan.models.huggingface.values.Values;
import io.witan.runtime.checkpoint.Checkpoint;
import io.witan.runtime.checkpoint.Dtype;
import io.witan.runtime.checkpoint.SafetensorsWriter;
import io.witan.runtime.checkpoint.StagedFolder;
import io.witan.runtime.checkpoint.StreamedTensor;
import io.witan.runtime.config.ConfigBinder;
import io.witan.runtime.config.ConfigTree;
import io.witan.runtime.state.ParameterSpec;
import io.witan.runtime.text.Tokenizer;
import io.witan.runtime.text.Tokenizers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Writes a checkpoint's parameters as a model's files. If the checkpoint, or the one that its run began with, was made of such files, these
 * are written again: the same shards, with tensors in the same places and types, and the same config.json. Otherwise shards of at most 5 GB.
 */
public final class ModelExport implements AutoCloseable {
    private static final long SHARD_BYTES = 5_000_000_000L;

    private final Checkpoint checkpoint;
    private final Recipe recipe;
    private final int vocabulary;
    private final ModelFamily family;
    private final Optional<SourceLayout> source;
    private final NumberFormat format;
    private final Map<String, MappedTensor> tensors = new LinkedHashMap<>();

    private ModelExport(Path from, Checkpoint checkpoint, Optional<NumberFormat> format) {
        this.checkpoint = checkpoint;
        String config = checkpoint.manifest().config();
        this.recipe = Recipes.bind(ConfigTree.parse(config, checkpoint.folder() + ": configuration"));
        Families.requireText(Families.of(recipe), from);
        if (recipe.parallel().expertSharding() > 1) {
            throw HuggingFaceException.of(
                    checkpoint.folder(),
                    "parallel.expert_sharding " + recipe.parallel().expertSharding()
                            + ": experts in shards are not written, only whole ones");
        }
        this.vocabulary = recipe.vocabularySize();
        this.family = ModelFamilies.of(recipe.model());
        this.source = SourceLayout.find(runOf(from), recipe.checkpoint().initFrom());
        this.format = format.orElse(source.map(SourceLayout::format).orElse(NumberFormat.F32));
        requireWritable();
        family.tensors(recipe.model(), vocabulary).forEach(tensor -> tensors.put(tensor.name(), tensor));
        for (ParameterSpec spec : GptMoeTensors.declare(recipe.model(), vocabulary)) {
            checkpoint.requireParameter(spec.name(), spec.shape());
        }
        checkpoint.verify();
    }

    /** The output folder of the run, also where the path is its folder of checkpoints or one of these. */
    private static Path runOf(Path from) {
        Path path = from.toAbsolutePath().normalize();
        for (Path folder = path; folder != null; folder = folder.getParent()) {
            Path checkpoints = RunStorage.checkpoints(folder);
            if (!checkpoints.equals(folder) && (folder.equals(path) || path.startsWith(checkpoints))) {
                return folder;
            }
        }
        return path;
    }

    private void requireWritable() {
        try {
            family.write(recipe.model(), ModelFiles.JSON.createObjectNode());
        } catch (IllegalArgumentException e) {
            throw HuggingFaceException.of(
                    checkpoint.folder(), "cannot be written as " + family.architecture() + ", which " + e.getMessage());
        }
    }

    /**
     * Opens and checks a checkpoint. Nothing is written yet.
     *
     * @param from output folder of a run, its checkpoints folder, or one checkpoint
     * @param format of numbers; empty: that of the files which it was made of, else fp32
     * @throws HuggingFaceException if no architecture has what its model has, naming the key
     * @throws io.witan.runtime.checkpoint.CheckpointException if it is broken
     */
    public static ModelExport open(Path from, Optional<NumberFormat> format) {
        Checkpoint checkpoint = Checkpoint.open(RunStorage.checkpoints(from));
        try {
            return new ModelExport(from, checkpoint, format);
        } catch (RuntimeException | Error e) {
            checkpoint.close();
            throw e;
        }
    }

    /** The model, for people. */
    public String description() {
        return "step " + checkpoint.manifest().step() + " as " + family.architecture() + " of " + format.word();
    }

    /**
     * Writes the folder.
     *
     * @param to does not exist
     * @throws HuggingFaceException if it does, or cannot be written; nothing stays then
     */
    public void write(Path to) {
        try (StagedFolder staged = StagedFolder.of(to)) {
            Optional<SourceLayout> again = source.filter(this::saysTheSame);
            if (again.isPresent()) {
                writeAgain(again.get(), staged);
            } else {
                writeShards(staged);
                staged.write(ModelFiles.CONFIG, config());
            }
            TokenizerFiles.copy(recipe.data().tokenizer(), staged);
            staged.publish();
        }
    }

    /** Whether files that lay so, with their config.json, are this model's: a run may have begun with it and changed what no tensor shows. */
    private boolean saysTheSame(SourceLayout layout) {
        if (layout.headers().isEmpty() || layout.format() != format) {
            return false;
        }
        ConfigTree kept = family.settings(layout.config(), ConfigBinder.toTree(recipe));
        return Recipes.bind(kept).model().equals(recipe.model());
    }

    private void writeAgain(SourceLayout layout, StagedFolder staged) {
        layout.headers()
                .forEach((shard, header) -> new ShardAgain(layout.folder().resolve(shard), header)
                        .write(staged.folder().resolve(shard), this::values));
        staged.copyIfThere(layout.folder().resolve(ModelFiles.INDEX), ModelFiles.INDEX);
        staged.copyIfThere(layout.folder().resolve(ModelFiles.CONFIG), ModelFiles.CONFIG);
    }

    /** The values of a tensor by its name in the files; of a shape that they do not have. */
    private Values values(String name, long[] shape) {
        MappedTensor tensor = tensors.get(name);
        if (tensor == null || !Arrays.equals(tensor.shape(), shape)) {
            throw HuggingFaceException.of(
                    checkpoint.folder(), "the model that it was made of has another tensor " + name);
        }
        return values(tensor);
    }

    private Values values(MappedTensor tensor) {
        Values own = Values.stored(checkpoint.floats(tensor.own()), Dtype.F32).part(tensor.first(), tensor.count());
        return tensor.transposed() ? own.transposed(tensor.shape()[1]) : own;
    }

    private void writeShards(StagedFolder staged) {
        List<List<MappedTensor>> shards = new ArrayList<>();
        long filled = SHARD_BYTES;
        long total = 0;
        for (MappedTensor tensor : tensors.values()) {
            long bytes = tensor.count() * format.dtype().byteSize();
            if (shards.isEmpty() || filled + bytes > SHARD_BYTES) {
                shards.add(new ArrayList<>());
                filled = 0;
            }
            shards.getLast().add(tensor);
            filled += bytes;
            total += bytes;
        }
        Map<String, String> shardOf = new TreeMap<>();
        for (int i = 0; i < shards.size(); i++) {
            String file = shards.size() == 1
                    ? ModelFiles.SINGLE
                    : String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", i + 1, shards.size());
            List<StreamedTensor> streamed = new ArrayList<>();
            for (MappedTensor tensor : shards.get(i)) {
                shardOf.put(tensor.name(), file);
                streamed.add(new StreamedTensor(
                        tensor.name(), format.dtype(), tensor.shape(), new EncodedValues(values(tensor), format)));
            }
            SafetensorsWriter.stream(staged.folder().resolve(file), Map.of("format", "pt"), streamed);
        }
        if (shards.size() > 1) {
            staged.write(ModelFiles.INDEX, index(total, shardOf));
        }
    }

    private static byte[] index(long total, Map<String, String> shardOf) {
        ObjectNode index = ModelFiles.JSON.createObjectNode();
        index.putObject("metadata").put("total_size", total);
        ObjectNode weights = index.putObject("weight_map");
        shardOf.forEach(weights::put);
        return bytes(index);
    }

    private byte[] config() {
        ObjectNode config = ModelFiles.JSON.createObjectNode();
        config.putArray("architectures").add(family.architecture());
        family.write(recipe.model(), config);
        config.put("vocab_size", vocabulary);
        config.put("torch_dtype", format.torchName());
        try (Tokenizer tokenizer = Tokenizers.open(recipe.data().tokenizer())) {
            config.put("eos_token_id", tokenizer.endOfText());
        }
        return bytes(config);
    }

    private static byte[] bytes(ObjectNode json) {
        return (json.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        checkpoint.close();
    }
}
