package io.witan.runtime.checkpoint;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.witan.fuzz.Fuzz;
import io.witan.fuzz.Mutations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Damaged manifests whose checksum fits: refused in one line, or read and written again without loss. */
class ManifestFuzzTest {
    private static final Path FILE = Path.of("manifest.json");
    private static final Fuzz.Limit LIMIT = new Fuzz.Limit(256 << 10, 200);
    private static final String[] FRAGMENTS = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "null",
        "-1",
        "1.5",
        "9223372036854775808",
        "\"engine\"",
        "\"files\"",
        "\"step\"",
        "\\u0000",
        "\ud83d\ude00",
        "true",
        "[[[[",
        "{\"a\":"
    };

    @Test
    void damagedManifestsAreRefusedOrRoundTrip() {
        Fuzz.bytes("manifests", 500_000, LIMIT, ManifestFuzzTest::input, bytes -> {
            Manifest manifest;
            try {
                manifest = ManifestFile.parse(FILE, bytes);
            } catch (CheckpointException refusal) {
                requireOneLine(refusal);
                return false;
            }
            requireSame(manifest, ManifestFile.parse(FILE, encoded(manifest)));
            return true;
        });
    }

    private static void requireOneLine(CheckpointException refusal) {
        String text = refusal.getMessage();
        if (!text.startsWith("manifest.json: ") || text.contains("\n") || text.length() > 2000) {
            throw new AssertionError("refused with: " + text);
        }
    }

    /** By their text, as whole numbers of a free form may come back in another width. */
    private static void requireSame(Manifest manifest, Manifest again) {
        if (!manifest.toString().equals(again.toString())) {
            throw new AssertionError(manifest + " came back as " + again);
        }
    }

    private static byte[] encoded(Manifest manifest) {
        try {
            return ManifestFile.encode(manifest);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] input(SplittableRandom random) {
        List<FileRecord> files = new ArrayList<>();
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            files.add(new FileRecord(
                    CheckpointNames.expertFile(0, i), random.nextLong(1 << 20), "0123456789abcdef".repeat(4)));
        }
        Manifest good = new Manifest(
                Manifest.FORMAT_VERSION,
                random.nextLong(1000),
                random.nextInt(1, 9),
                "model-1",
                "tokenizer-1",
                "data-1",
                "model:\n  layers: 2\n",
                JsonNodeFactory.instance.objectNode().put("tokensSeen", random.nextLong()),
                files,
                "witan 0.1.0");
        byte[] bytes = encoded(good);
        return switch (random.nextInt(10)) {
            case 0 -> bytes;
            case 1 -> "[".repeat(random.nextInt(1, 3000)).getBytes(StandardCharsets.US_ASCII);
            default -> new Mutations(random, FRAGMENTS).damaged(bytes);
        };
    }
}
