package io.witan.models.huggingface;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.witan.models.huggingface.values.NumberFormat;
import io.witan.models.huggingface.values.Values;
import io.witan.runtime.checkpoint.Dtype;
import io.witan.runtime.checkpoint.SafetensorsFile;
import io.witan.runtime.checkpoint.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A model's folder, open for reading: {@code config.json} and {@code model.safetensors}, or the shards that
 * {@code model.safetensors.index.json} lists. Files are mapped; opening checks every header, and that index and shards say the same.
 */
final class ModelFiles implements AutoCloseable {
    static final String CONFIG = "config.json";
    static final String SINGLE = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";
    static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Path folder;
    private final JsonNode config;
    private final Map<String, SafetensorsFile> shards = new LinkedHashMap<>();
    private final Map<String, SafetensorsFile> shardOf = new LinkedHashMap<>();

    private ModelFiles(Path folder) {
        this.folder = folder;
        this.config = json(folder.resolve(CONFIG));
    }

    /** Whether a folder has such a model's files. */
    static boolean isModel(Path folder) {
        return Files.exists(folder.resolve(CONFIG))
                && (Files.exists(folder.resolve(SINGLE)) || Files.exists(folder.resolve(INDEX)));
    }

    /**
     * Close it to unmap the files.
     *
     * @throws HuggingFaceException if a file is missing, broken or not as the index says
     * @throws io.witan.runtime.checkpoint.CheckpointException if a safetensors file is not exactly the format
     */
    static ModelFiles open(Path folder) {
        ModelFiles files = new ModelFiles(folder);
        try {
            files.openShards();
            return files;
        } catch (RuntimeException | Error e) {
            files.close();
            throw e;
        }
    }

    private void openShards() {
        Path index = folder.resolve(INDEX);
        if (!Files.exists(index)) {
            open(SINGLE);
            return;
        }
        JsonNode weights = json(index).path("weight_map");
        if (!weights.isObject() || weights.isEmpty()) {
            throw HuggingFaceException.of(index, "has no weight_map");
        }
        Set<String> names = new TreeSet<>();
        weights.forEach(shard -> names.add(shard.asText()));
        names.forEach(name -> {
            if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
                throw HuggingFaceException.of(index, "names a file \"" + name + "\", which is no plain name");
            }
            open(name);
        });
        weights.properties().forEach(entry -> {
            SafetensorsFile shard = shardOf.get(entry.getKey());
            if (shard == null || !shard.equals(shards.get(entry.getValue().asText()))) {
                Path named = folder.resolve(entry.getValue().asText());
                throw HuggingFaceException.of(
                        named, "lacks tensor " + entry.getKey() + ", which the index says it has");
            }
        });
        for (Map.Entry<String, SafetensorsFile> tensor : shardOf.entrySet()) {
            if (!weights.has(tensor.getKey())) {
                throw HuggingFaceException.of(
                        tensor.getValue().path(), "has tensor " + tensor.getKey() + ", which the index does not list");
            }
        }
    }

    private void open(String name) {
        SafetensorsFile file = SafetensorsFile.open(folder.resolve(name));
        shards.put(name, file);
        for (TensorInfo tensor : file.tensors()) {
            SafetensorsFile other = shardOf.put(tensor.name(), file);
            if (other != null) {
                throw HuggingFaceException.of(file.path(), "tensor " + tensor.name() + " is also in " + other.path());
            }
        }
    }

    static JsonNode json(Path file) {
        try {
            return JSON.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw HuggingFaceException.of(file, "is not JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw HuggingFaceException.io(file, "read", e);
        }
    }

    Path folder() {
        return folder;
    }

    ConfigFields config() {
        return new ConfigFields(folder.resolve(CONFIG), config);
    }

    /** The safetensors files by name. */
    Map<String, SafetensorsFile> shards() {
        return shards;
    }

    int tensorCount() {
        return shardOf.size();
    }

    boolean has(String tensor) {
        return shardOf.containsKey(tensor);
    }

    /** The first tensor's type. */
    NumberFormat format() {
        Dtype first = shards.values().stream()
                .flatMap(shard -> shard.tensors().stream())
                .map(TensorInfo::dtype)
                .findFirst()
                .orElseThrow(() -> HuggingFaceException.of(folder, "has no tensor"));
        return NumberFormat.find(first).orElse(NumberFormat.F32);
    }

    /**
     * The values of a tensor.
     *
     * @throws HuggingFaceException naming the file and the tensor, if it is missing, of another shape or of a type that weights do not have
     */
    Values values(MappedTensor tensor) {
        SafetensorsFile shard = shardOf.get(tensor.name());
        if (shard == null) {
            Path where = shards.size() == 1 ? shards.values().iterator().next().path() : folder.resolve(INDEX);
            throw HuggingFaceException.of(where, "no tensor " + tensor.name());
        }
        TensorInfo info = shard.tensor(tensor.name());
        if (!Arrays.equals(info.shape(), tensor.shape())) {
            throw HuggingFaceException.of(
                    shard.path(),
                    "tensor " + tensor.name() + " shape: expected " + Arrays.toString(tensor.shape()) + ", found "
                            + Arrays.toString(info.shape()));
        }
        if (NumberFormat.find(info.dtype()).isEmpty()) {
            throw HuggingFaceException.of(
                    shard.path(),
                    "tensor " + tensor.name() + " dtype: expected " + Arrays.toString(NumberFormat.values())
                            + ", found " + info.dtype());
        }
        Values stored = Values.stored(shard.data(tensor.name()), info.dtype());
        return tensor.transposed() ? stored.transposed(tensor.shape()[0]) : stored;
    }

    /** Refuses tensors that the model does not have, but for those that hold no weights. */
    void requireOnly(Set<String> known) {
        List<String> others = new ArrayList<>(shardOf.keySet());
        others.removeIf(name -> known.contains(name) || isBuffer(name));
        if (!others.isEmpty()) {
            String first = others.getFirst();
            throw HuggingFaceException.of(
                    shardOf.get(first).path(),
                    "tensor " + first + " is none of this architecture's (" + others.size() + " such)");
        }
    }

    /** Constants that earlier versions saved with the weights of dense models. */
    private static boolean isBuffer(String name) {
        return name.endsWith(".rotary_emb.inv_freq")
                || name.endsWith(".attn.bias")
                || name.endsWith(".attn.masked_bias");
    }

    @Override
    public void close() {
        shards.values().forEach(SafetensorsFile::close);
    }
}
