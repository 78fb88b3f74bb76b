package io.witan.runtime.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreeMemoryTest {
    @TempDir
    Path folder;

    private Path machine() throws IOException {
        return Files.writeString(folder.resolve("meminfo"), "MemTotal:  2000 kB\nMemAvailable:    1000 kB\n");
    }

    @Test
    void shouldBeWhatTheMachineHas() throws IOException {
        assertThat(FreeMemory.bytes(machine(), folder.resolve("none"))).isEqualTo(1000 * 1024);
        Files.writeString(folder.resolve("memory.max"), "max\n");
        Files.writeString(folder.resolve("memory.current"), "5\n");
        assertThat(FreeMemory.bytes(machine(), folder)).isEqualTo(1000 * 1024);
    }

    @Test
    void shouldBeWhatTheGroupLeaves() throws IOException {
        Files.writeString(folder.resolve("memory.max"), "500000\n");
        Files.writeString(folder.resolve("memory.current"), "300000\n");
        assertThat(FreeMemory.bytes(machine(), folder)).isEqualTo(200_000);
        Files.writeString(folder.resolve("memory.stat"), "file 9\ninactive_file 50000\n");
        assertThat(FreeMemory.bytes(machine(), folder)).isEqualTo(250_000);
    }

    @Test
    void shouldKnowThisMachine() {
        assertThat(FreeMemory.bytes()).isBetween(1L << 20, 1L << 50);
    }
}
