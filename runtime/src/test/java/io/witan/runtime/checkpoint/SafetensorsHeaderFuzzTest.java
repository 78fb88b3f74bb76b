package io.witan.runtime.checkpoint;

import io.witan.fuzz.Fuzz;
import io.witan.fuzz.Mutations;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Damaged headers, without files: refused in one line, or their tensors cover the data exactly. */
class SafetensorsHeaderFuzzTest {
    private static final Path FILE = Path.of("f.safetensors");
    private static final int DATA_BYTES = 24;
    private static final Fuzz.Limit LIMIT = new Fuzz.Limit(64 << 10, 64);
    private static final String[] FRAGMENTS = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "0",
        "-1",
        "9223372036854775807",
        "99999999999999999999",
        "null",
        "\\u0000",
        "\"dtype\"",
        "\"shape\"",
        "\"data_offsets\"",
        "__metadata__",
        "F32",
        "BF16",
        "[0,8]",
        "\ud83d\ude00",
        "1e9"
    };

    @Test
    void damagedHeadersAreRefusedOrCoverTheirData() {
        Fuzz.bytes("safetensors headers", 1_000_000, LIMIT, SafetensorsHeaderFuzzTest::input, bytes -> {
            try {
                requireCover(SafetensorsHeader.parse(FILE, bytes, DATA_BYTES));
                return true;
            } catch (CheckpointException refusal) {
                String text = refusal.getMessage();
                if (!text.startsWith("f.safetensors: ") || text.contains("\n") || text.length() > 2000) {
                    throw new AssertionError("refused with: " + text);
                }
                return false;
            }
        });
    }

    private static void requireCover(SafetensorsHeader header) {
        long at = 0;
        for (TensorInfo tensor : header.tensors()) {
            if (tensor.offset() != at || tensor.bytes() != tensor.dtype().byteSize(tensor.shape())) {
                throw new AssertionError("tensor " + tensor + " does not follow byte " + at);
            }
            at += tensor.bytes();
        }
        if (at != DATA_BYTES) {
            throw new AssertionError("tensors cover " + at + " of " + DATA_BYTES + " bytes");
        }
    }

    private static byte[] input(SplittableRandom random) {
        int first = random.nextInt(DATA_BYTES / 4 + 1);
        String header = "{" + (random.nextBoolean() ? "\"__metadata__\":{\"format\":\"pt\"}," : "")
                + "\"a.w\":{\"dtype\":\"F32\",\"shape\":[" + first + ",1],\"data_offsets\":[0," + 4 * first + "]},"
                + "\"b.w\":{\"dtype\":\"U8\",\"shape\":[" + (DATA_BYTES - 4 * first) + "],\"data_offsets\":["
                + 4 * first
                + "," + DATA_BYTES + "]}}" + " ".repeat(random.nextInt(8));
        byte[] bytes = header.getBytes(StandardCharsets.UTF_8);
        return random.nextInt(8) == 0 ? bytes : new Mutations(random, FRAGMENTS).damaged(bytes);
    }
}
