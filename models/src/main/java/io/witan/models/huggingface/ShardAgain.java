package io.witan.models.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import io.witan.models.huggingface.values.EncodedValues;
import io.witan.models.huggingface.values.NumberFormat;
import io.witan.models.huggingface.values.Values;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * A shard with the header of an earlier one, and so with the same tensors in the same places.
 *
 * @param name for messages
 * @param header length field and JSON with its padding
 */
record ShardAgain(Path name, byte[] header) {
    private static final int LENGTH_BYTES = 8;
    private static final int CHUNK_BYTES = 1 << 20;

    /** Gives the values of a tensor. */
    interface Source {
        Values values(String name, long[] shape);
    }

    private record Placed(String name, NumberFormat format, long[] shape, long begin, long end) {}

    /** @throws HuggingFaceException if the header is damaged, the source lacks a tensor, or the file cannot be written */
    void write(Path file, Source source) {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            out.write(header);
            byte[] chunk = new byte[CHUNK_BYTES];
            for (Placed tensor : tensors()) {
                EncodedValues content = new EncodedValues(source.values(tensor.name, tensor.shape), tensor.format);
                if (content.byteSize() != tensor.end - tensor.begin) {
                    throw damaged();
                }
                for (long at = 0; at < content.byteSize(); at += chunk.length) {
                    int length = (int) Math.min(chunk.length, content.byteSize() - at);
                    content.copy(at, chunk, length);
                    out.write(chunk, 0, length);
                }
            }
        } catch (IOException e) {
            throw HuggingFaceException.io(file, "write", e);
        }
    }

    /** In the order of their data. */
    private List<Placed> tensors() throws IOException {
        JsonNode json = ModelFiles.JSON.readTree(header, LENGTH_BYTES, header.length - LENGTH_BYTES);
        List<Placed> tensors = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : json.properties()) {
            JsonNode tensor = entry.getValue();
            if (!entry.getKey().equals("__metadata__")) {
                tensors.add(new Placed(
                        entry.getKey(),
                        format(tensor.path("dtype").asText()),
                        longs(tensor.path("shape")),
                        tensor.path("data_offsets").path(0).asLong(),
                        tensor.path("data_offsets").path(1).asLong()));
            }
        }
        tensors.sort(Comparator.comparingLong(Placed::begin).thenComparingLong(Placed::end));
        return tensors;
    }

    private NumberFormat format(String word) {
        for (NumberFormat format : NumberFormat.values()) {
            if (format.dtype().name().equals(word)) {
                return format;
            }
        }
        throw damaged();
    }

    private static long[] longs(JsonNode array) {
        long[] values = new long[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).asLong();
        }
        return values;
    }

    private HuggingFaceException damaged() {
        return HuggingFaceException.of(name, "the header that was kept of it is damaged");
    }
}
