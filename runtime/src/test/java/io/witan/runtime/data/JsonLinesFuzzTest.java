package io.witan.runtime.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class JsonLinesFuzzTest {
    @Provide
    Arbitrary<byte[]> almostRows() {
        Arbitrary<byte[]> noise = Arbitraries.bytes().array(byte[].class).ofMaxSize(40);
        Arbitrary<byte[]> parts = Arbitraries.of(
                        "{\"a\": \"x\"}",
                        "\n",
                        "{",
                        "}",
                        "\"a\"",
                        ":",
                        ",",
                        "\"\\ud83d\"",
                        "[",
                        "1e9999",
                        "null",
                        "\r\n",
                        "é")
                .list()
                .ofMaxSize(12)
                .map(list -> String.join("", list).getBytes(StandardCharsets.UTF_8));
        return Arbitraries.oneOf(noise, parts);
    }

    @Property(tries = 1000)
    void anyBytesAreRefusedInOneLineOrGiveDocuments(@ForAll("almostRows") byte[] bytes) throws IOException {
        Path file = Files.createTempFile("fuzz", ".jsonl");
        try {
            Files.write(file, bytes);
            List<String> texts = Documents.read(file, List.of()).texts();
            assertThat(texts).isNotEmpty().noneMatch(String::isBlank);
        } catch (DataException e) {
            assertThat(e.getMessage()).startsWith(file.toString()).doesNotContain("\n");
        } finally {
            Files.delete(file);
        }
    }
}
