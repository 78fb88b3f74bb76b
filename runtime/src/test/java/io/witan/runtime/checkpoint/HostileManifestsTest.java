package io.witan.runtime.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The corpus of manifests that must be refused; each has a checksum that fits. */
class HostileManifestsTest {
    @TempDir
    private Path folder;

    static List<Path> manifests() throws IOException, URISyntaxException {
        Path corpus = Path.of(
                HostileManifestsTest.class.getResource("/hostile/manifests").toURI());
        try (Stream<Path> files = Files.list(corpus)) {
            return files.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void isRefusedInOneLine(Path manifest) throws IOException {
        refused(Files.readAllBytes(manifest));
    }

    @Test
    void otherEncodingsAndDepthsAreRefused() throws IOException {
        refused("\ufeff{}".getBytes(StandardCharsets.UTF_16LE));
        refused(new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'});
        refused("[".repeat(1_000_000).getBytes(StandardCharsets.US_ASCII));
        refused(("{\"step\":" + "9".repeat(100_000) + "}").getBytes(StandardCharsets.US_ASCII));
    }

    private void refused(byte[] json) throws IOException {
        Files.write(folder.resolve("manifest.json"), json);
        Files.writeString(folder.resolve("manifest.sha256"), Sha256.of(json) + "  manifest.json\n");
        assertThatThrownBy(() -> Checkpoint.open(folder).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith(folder + "/manifest.json: ")
                .message()
                .satisfies(text -> assertThat(text.chars()).noneMatch(Character::isISOControl))
                .satisfies(text -> assertThat(text.length()).isLessThan(2000));
    }
}
