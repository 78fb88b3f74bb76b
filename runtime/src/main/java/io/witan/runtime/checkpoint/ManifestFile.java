package io.witan.runtime.checkpoint;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** manifest.json and manifest.sha256 of a step folder. The checksum file has the form that sha256sum -c reads. */
final class ManifestFile {
    static final String NAME = "manifest.json";
    static final String CHECKSUM_NAME = "manifest.sha256";

    private static final long MAX_BYTES = 256L << 20;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(
                    DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                    DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                    DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
                    DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .withCoercionConfig(
                    LogicalType.Textual, text -> text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    private ManifestFile() {}

    /** Writes both files and makes their contents durable. */
    static void write(FileOps ops, Path folder, Manifest manifest) throws IOException {
        byte[] json = encode(manifest);
        writeFile(ops, folder.resolve(NAME), json);
        String checksum = Sha256.of(json) + "  " + NAME + "\n";
        writeFile(ops, folder.resolve(CHECKSUM_NAME), checksum.getBytes(StandardCharsets.US_ASCII));
    }

    /** What manifest.json holds. */
    static byte[] encode(Manifest manifest) throws IOException {
        return JSON.writeValueAsBytes(manifest);
    }

    static void writeFile(FileOps ops, Path file, byte[] bytes) throws IOException {
        try (FileOps.Output out = ops.create(file)) {
            out.write(ByteBuffer.wrap(bytes));
            out.force();
        }
    }

    /** Reads the manifest after its checksum was found right. */
    static Manifest read(Path folder) {
        Path file = folder.resolve(NAME);
        byte[] json = readSmall(file, MAX_BYTES);
        Path checksumFile = folder.resolve(CHECKSUM_NAME);
        String checksum = new String(readSmall(checksumFile, 256), StandardCharsets.US_ASCII);
        String expected = Sha256.of(json) + "  " + NAME + "\n";
        if (!checksum.equals(expected)) {
            throw CheckpointException.mismatch(
                    file, "sha256", CheckpointException.quote(checksum.split("\\s", 2)[0]), Sha256.of(json));
        }
        return parse(file, json);
    }

    /** @throws CheckpointException if the bytes are not what {@link #encode} gives for some manifest of this version */
    static Manifest parse(Path file, byte[] json) {
        try {
            JsonNode tree = JSON.readTree(json);
            JsonNode version = tree.path("formatVersion");
            if (!version.isIntegralNumber() || version.longValue() != Manifest.FORMAT_VERSION) {
                throw CheckpointException.of(
                        file,
                        "format version: supported is " + Manifest.FORMAT_VERSION + ", found "
                                + CheckpointException.quote(version.toString()));
            }
            return JSON.treeToValue(tree, Manifest.class);
        } catch (JacksonException e) {
            throw CheckpointException.of(file, "is not a manifest: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw CheckpointException.io("read", file, e);
        }
    }

    static byte[] readSmall(Path file, long maxBytes) {
        try {
            long bytes = Files.size(file);
            if (!Files.isRegularFile(file) || bytes > maxBytes) {
                throw CheckpointException.mismatch(file, "a file of at most", maxBytes + " bytes", bytes + " bytes");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw CheckpointException.io("read", file, e);
        }
    }
}
