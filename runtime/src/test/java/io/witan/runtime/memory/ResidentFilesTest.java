package io.witan.runtime.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResidentFilesTest {
    private static final int PAGE = 4096;
    private static final int PAGES = 4096;

    private static final String MAPPINGS =
            """
            c0000000-c7e10000 rw-p 00000000 00:00 0
            Size:             129088 kB
            Rss:              104632 kB
            7efb84400000-7efba3f0d000 rw-s 00000000 08:01 1234    /nowhere/a run/rank-0000.state
            Size:             519220 kB
            KernelPageSize:        4 kB
            Rss:                 100 kB
            Pss:                  50 kB
            VmFlags: rd wr sh mr mw me ms sd
            7efc060e3000-7efc0716f000 r-xp 002e3000 08:01 99      /nowhere/lib/libjvm.so
            Rss:                   7 kB
            7efc0716f000-7efc07480000 r--p 0136f000 08:01 99      /nowhere/lib/libjvm.so
            Rss:                   5 kB
            7efc08000000-7efc08001000 rw-s 00000000 00:18 77      /nowhere/shm/region-1 (deleted)
            Rss:                   4 kB
            7ffd5c2d4000-7ffd5c2f5000 rw-p 00000000 00:00 0       [stack]
            Rss:                  64 kB
            """;

    @TempDir
    Path folder;

    @Test
    void shouldAddUpFilesAndFolders() throws IOException {
        ResidentFiles files = ResidentFiles.parse(new BufferedReader(new StringReader(MAPPINGS)));
        assertThat(files.in(Path.of("/nowhere/a run/rank-0000.state"))).isEqualTo(100 << 10);
        assertThat(files.in(Path.of("/nowhere/lib"))).isEqualTo(12 << 10);
        assertThat(files.in(Path.of("/nowhere/lib/libjvm.so"))).isEqualTo(12 << 10);
        assertThat(files.in(Path.of("/nowhere/shm/region-1"))).isEqualTo(4 << 10);
        assertThat(files.in(Path.of("/nowhere/shm/region"))).isZero();
        assertThat(files.in(Path.of("/nowhere"))).isEqualTo(116 << 10);
    }

    @Test
    void shouldCountTouchedPagesOnly() throws IOException {
        Path file = Files.write(folder.resolve("slots"), new byte[PAGES * PAGE]);
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);
        try (Arena arena = Arena.ofConfined();
                FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MemorySegment mapping = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size(), arena);
            assertThat(ResidentFiles.read().in(file)).isZero();
            for (int page = 0; page < PAGES / 4; page++) {
                mapping.set(ValueLayout.JAVA_BYTE, (long) page * PAGE, (byte) 1);
            }
            // The kernel may map some pages around those that are touched.
            assertThat(ResidentFiles.read().in(file)).isBetween(PAGES / 4L * PAGE, PAGES / 2L * PAGE);
            assertThat(ResidentFiles.read().in(link))
                    .isEqualTo(ResidentFiles.read().in(folder));
        }
        assertThat(ResidentFiles.read().in(file)).isZero();
    }
}
