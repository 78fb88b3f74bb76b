package io.witan.kernels.openblas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.witan.kernels.KernelException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeCacheTest {
    private static final String PREFIX = "/org/bytedeco/openblas/linux-x86_64/";
    private static final List<String> SMALL = List.of("libgcc_s.so.1", "libquadmath.so.0");

    @TempDir
    Path root;

    @Test
    void extractsOnceAndRepairsADamagedFile() throws IOException {
        Path folder = new NativeCache(root).extract("v1", PREFIX, SMALL);
        assertThat(folder.getParent()).isEqualTo(root);
        assertThat(folder.getFileName().toString()).matches("v1-[0-9a-f]{8}");
        Path library = folder.resolve(SMALL.get(0));
        byte[] good = Files.readAllBytes(library);
        Object written = Files.getLastModifiedTime(library);

        assertThat(new NativeCache(root).extract("v1", PREFIX, SMALL)).isEqualTo(folder);
        assertThat(Files.getLastModifiedTime(library)).isEqualTo(written);

        byte[] damaged = good.clone();
        damaged[good.length / 2] ^= 1;
        Files.write(library, damaged);
        new NativeCache(root).extract("v1", PREFIX, SMALL);
        assertThat(Files.readAllBytes(library)).isEqualTo(good);

        Files.write(library, "short".getBytes(StandardCharsets.UTF_8));
        new NativeCache(root).extract("v1", PREFIX, SMALL);
        assertThat(Files.readAllBytes(library)).isEqualTo(good);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(f -> f.getFileName().toString())).containsExactlyInAnyOrderElementsOf(SMALL);
        }
    }

    @Test
    void fallsBackToAPrivateFolder() throws IOException {
        Path file = Files.writeString(root.resolve("file"), "not a folder");
        Path folder = new NativeCache(file.resolve("below")).extract("v1", PREFIX, SMALL);
        assertThat(folder.resolve(SMALL.get(1))).isRegularFile();
        assertThat(folder).startsWith(Path.of(System.getProperty("java.io.tmpdir")));
    }

    @Test
    void namesTheMissingJar() {
        assertThatThrownBy(() -> new NativeCache(root).extract("v1", "/nowhere/", SMALL))
                .isInstanceOf(KernelException.class)
                .hasMessageContaining("no /nowhere/libgcc_s.so.1 on the class path")
                .hasMessageContaining("org.bytedeco:openblas");
    }
}
