package io.witan.runtime.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfileCacheTest {
    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void choose() {
        file = folder.resolve("deep/profiles.map");
    }

    private ProfileCache open() {
        return ProfileCache.open(file, Duration.ZERO);
    }

    @Test
    void recordsComeBackInTheNextProcess() {
        String longest = "x".repeat(ProfileCache.MAX_RECORD_BYTES);
        try (ProfileCache cache = open()) {
            assertThat(cache.get("gemm/cpu")).isEmpty();
            cache.put("gemm/cpu", "{\"gflops\":1}");
            cache.put("gemm/cpu", "{\"gflops\":88.5}");
            cache.put("k".repeat(ProfileCache.MAX_KEY_BYTES), longest);
            cache.put("empty", "");
        }
        try (ProfileCache cache = open()) {
            assertThat(cache.get("gemm/cpu")).contains("{\"gflops\":88.5}");
            assertThat(cache.get("k".repeat(ProfileCache.MAX_KEY_BYTES))).contains(longest);
            assertThat(cache.get("empty")).contains("");
            assertThat(cache.get("other")).isEmpty();
        }
    }

    @Test
    void damagedRecordsAreAbsent() {
        try (ProfileCache cache = open()) {
            cache.putSealed("a", new byte[] {1, 2, 3, 4, 5});
            cache.putSealed("b", new byte[] {1});
            assertThat(cache.get("a")).isEmpty();
            assertThat(cache.get("b")).isEmpty();
            cache.put("a", "good");
            assertThat(cache.get("a")).contains("good");
        }
    }

    @Test
    void damagedFilesAreRebuilt() throws IOException {
        Random random = new Random(4);
        for (int i = 0; i < 10; i++) {
            try (ProfileCache cache = open()) {
                cache.put("key", "value");
            }
            byte[] bytes = Files.readAllBytes(file);
            bytes[random.nextInt(bytes.length)] ^= 4;
            Files.write(file, bytes);
            try (ProfileCache cache = open()) {
                assertThat(cache.get("key")).isEmpty();
            }
        }
        Files.write(file, new byte[10]);
        try (ProfileCache cache = open()) {
            cache.put("key", "value");
        }
        Files.delete(file.resolveSibling("profiles.map.seal"));
        try (ProfileCache cache = open()) {
            assertThat(cache.get("key")).isEmpty();
        }
    }

    @Test
    void aFullCacheIsEmptiedAndGoesOn() {
        try (ProfileCache cache = open()) {
            String record = "y".repeat(ProfileCache.MAX_RECORD_BYTES);
            for (int i = 0; i < 300; i++) {
                cache.put("key" + i, record);
                assertThat(cache.get("key" + i)).contains(record);
            }
            assertThat(cache.get("key0")).isEmpty();
        }
    }

    @Test
    void oneHolderAtATime() {
        try (ProfileCache cache = open()) {
            cache.put("a", "b");
            assertThatThrownBy(this::open)
                    .isInstanceOf(VaultException.class)
                    .hasMessageContaining("profiles.map.lock: is held by another process");
        }
        open().close();
    }

    @Test
    void limitsAndFoldersAreChecked() {
        try (ProfileCache cache = open()) {
            assertThatThrownBy(() -> cache.put("", "x")).hasMessageContaining("expected 1 to 512 bytes, found 0");
            assertThatThrownBy(() -> cache.put("x".repeat(513), "x")).hasMessageContaining("found 513");
            assertThatThrownBy(() -> cache.put("x", "x".repeat(65537))).hasMessageContaining("found 65537");
        }
        assertThatThrownBy(() -> ProfileCache.open(Path.of("/proc/witan/cache"), Duration.ZERO))
                .isInstanceOf(VaultException.class)
                .hasMessageStartingWith("/proc/witan/cache: cannot create the folder of: ");
    }
}
