package io.witan.models.huggingface;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.witan.models.huggingface.values.NumberFormat;
import io.witan.runtime.checkpoint.SafetensorsFile;
import io.witan.runtime.checkpoint.StagedFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How the files lay that a checkpoint was made of, kept in folder {@code hugging_face} beside it: the type of numbers, config.json, the index,
 * and the header of each shard as it stood. With them the same files can be written again.
 *
 * @param folder that folder
 * @param format of most tensors
 * @param headers by shard, length field and JSON with its padding; empty if the model was made sparse, for which there were no files
 */
record SourceLayout(Path folder, NumberFormat format, Map<String, byte[]> headers) {
    static final String FOLDER = "hugging_face";
    private static final String LAYOUT = "layout.json";
    private static final String HEADER = ".header";

    /** Keeps a model's layout. */
    static void keep(ModelFiles files, boolean withHeaders, StagedFolder staged) {
        ObjectNode layout = ModelFiles.JSON.createObjectNode();
        layout.put("format", files.format().name());
        ArrayNode shards = layout.putArray("shards");
        staged.copyIfThere(files.folder().resolve(ModelFiles.CONFIG), FOLDER + "/" + ModelFiles.CONFIG);
        if (withHeaders) {
            staged.copyIfThere(files.folder().resolve(ModelFiles.INDEX), FOLDER + "/" + ModelFiles.INDEX);
            for (Map.Entry<String, SafetensorsFile> shard : files.shards().entrySet()) {
                shards.add(shard.getKey());
                staged.write(
                        FOLDER + "/" + shard.getKey() + HEADER, shard.getValue().header());
            }
        }
        staged.write(FOLDER + "/" + LAYOUT, (layout.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** What is kept in a run's output folder, or in that of the checkpoint that it began with. */
    static Optional<SourceLayout> find(Path run, Optional<String> begunWith) {
        Path own = run.resolve(FOLDER);
        if (Files.exists(own.resolve(LAYOUT))) {
            return Optional.of(read(own));
        }
        return begunWith
                .map(from -> Path.of(from).resolve(FOLDER))
                .filter(folder -> Files.exists(folder.resolve(LAYOUT)))
                .map(SourceLayout::read);
    }

    /** The fields of config.json. */
    ConfigFields config() {
        Path file = folder.resolve(ModelFiles.CONFIG);
        return new ConfigFields(file, ModelFiles.json(file));
    }

    private static SourceLayout read(Path folder) {
        Path file = folder.resolve(LAYOUT);
        try {
            JsonNode layout = ModelFiles.JSON.readTree(Files.readAllBytes(file));
            Map<String, byte[]> headers = new LinkedHashMap<>();
            for (JsonNode shard : layout.path("shards")) {
                headers.put(shard.asText(), Files.readAllBytes(folder.resolve(shard.asText() + HEADER)));
            }
            return new SourceLayout(
                    folder, NumberFormat.valueOf(layout.path("format").asText()), headers);
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw HuggingFaceException.of(file, "is damaged");
        } catch (IOException e) {
            throw HuggingFaceException.io(file, "read", e);
        }
    }
}
