package io.witan.runtime.data;

import io.witan.fuzz.Fuzz;
import io.witan.fuzz.Mutations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged JSON Lines: documents come of them, or one line that names file and row. */
class RowsFuzzTest {
    private static final Fuzz.Limit LIMIT = new Fuzz.Limit(512 << 10, 200);
    private static final String[] FRAGMENTS = {
        "{\"text\": \"x\"}",
        "\n",
        "\r\n",
        "{",
        "}",
        "[",
        "\"",
        ":",
        ",",
        "\\ud83d",
        "\\",
        "1e9999",
        "null",
        "9".repeat(2000),
        "[".repeat(1500),
        "\u0000",
        "\ufeff",
        "é"
    };
    private static final byte[] GOOD =
            "{\"text\": \"one\", \"n\": 1}\n{\"text\": \"zwei \u00e4\"}\r\n\n{\"text\": \"three\"}\n"
                    .getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path folder;

    @Test
    void rowsAreReadOrRefused() {
        Path file = folder.resolve("rows.jsonl");
        Fuzz.bytes("JSON Lines", 50_000, LIMIT, RowsFuzzTest::input, bytes -> {
            try {
                Files.write(file, bytes);
                List<String> texts = Documents.read(file, List.of()).texts();
                if (texts.isEmpty() || texts.stream().anyMatch(String::isBlank)) {
                    throw new AssertionError("documents: " + texts);
                }
                return true;
            } catch (DataException refusal) {
                String text = refusal.getMessage();
                if (!text.startsWith(file.toString()) || text.contains("\n") || text.length() > 3000) {
                    throw new AssertionError("refused with: " + text);
                }
                return false;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static byte[] input(SplittableRandom random) {
        return random.nextInt(8) == 0 ? GOOD : new Mutations(random, FRAGMENTS).damaged(GOOD);
    }
}
