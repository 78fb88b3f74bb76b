package io.witan.runtime.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedPagesTest {
    private static final int PAGES = 2000;
    private static final long PAGE_BYTES = MappedPages.PAGE_BYTES;

    @TempDir
    Path folder;

    @Test
    void storesToWritablePagesFaultNoMore() throws IOException {
        long untouched = faultsOfStores("untouched", false);
        long writable = faultsOfStores("writable", true);

        // A kernel before Linux 5.14 refuses the advice.
        assumeTrue(kernelAtLeast(5, 14));
        assertThat(untouched).isGreaterThanOrEqualTo(PAGES / 2);
        assertThat(writable).isLessThan(PAGES / 10);
    }

    @Test
    void leavesAllBytesAsTheyAre() throws IOException {
        Path file = folder.resolve("bytes");
        Files.write(file, new byte[] {1, 2, 3});
        try (Arena arena = Arena.ofConfined();
                FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MemorySegment mapping = channel.map(FileChannel.MapMode.READ_WRITE, 0, 3, arena);

            MappedPages.makeWritable(mapping.asSlice(1, 1));
            MappedPages.makeWritable(mapping.asSlice(3, 0));

            assertThat(mapping.toArray(ValueLayout.JAVA_BYTE)).containsExactly(1, 2, 3);
        }
    }

    @Test
    void lockedPagesStayUntilTheyAreUnmapped() throws IOException {
        Path memory = Path.of("/dev/shm");
        assumeTrue(Files.isWritable(memory));
        Path file = Files.createTempFile(memory, "witan-locked", ".test");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            Files.write(file, new byte[20 * MappedPages.PAGE_BYTES]);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment mapping = channel.map(FileChannel.MapMode.READ_WRITE, 0, 20 * PAGE_BYTES, arena);
                assertThat(lockedKb(file)).isZero();

                assumeTrue(MappedPages.lock(mapping), "ulimit -l allows less than 80 kB");

                assertThat(lockedKb(file)).isEqualTo(80);
            }
            assertThat(lockedKb(file)).isZero();
        } finally {
            Files.delete(file);
        }
    }

    /** Of the mappings of a file in this process. */
    private static long lockedKb(Path file) throws IOException {
        long sum = 0;
        boolean ofFile = false;
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            if (line.contains("-") && line.contains(" r")) {
                ofFile = line.endsWith(file.toString());
            } else if (ofFile && line.startsWith("Locked:")) {
                sum += Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        return sum;
    }

    /** Filled page by page, so that no page comes with its neighbours. */
    private long faultsOfStores(String name, boolean writable) throws IOException {
        Path file = folder.resolve(name);
        DiskSpace.fillWithZeros(file, PAGES * PAGE_BYTES);
        try (Arena arena = Arena.ofConfined();
                FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MemorySegment mapping = channel.map(FileChannel.MapMode.READ_WRITE, 0, PAGES * PAGE_BYTES, arena);
            if (writable) {
                MappedPages.makeWritable(mapping);
            }
            long before = faultsOfThisThread();
            for (int page = 0; page < PAGES; page++) {
                mapping.set(ValueLayout.JAVA_BYTE, page * PAGE_BYTES, (byte) 1);
            }
            return faultsOfThisThread() - before;
        }
    }

    /** Minor faults, the tenth field; the second is a name in brackets. */
    private static long faultsOfThisThread() throws IOException {
        String stat = Files.readString(Path.of("/proc/thread-self/stat"));
        return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[7]);
    }

    private static boolean kernelAtLeast(int major, int minor) {
        String[] version = System.getProperty("os.version").split("[.-]");
        int here = Integer.parseInt(version[0]);
        return here > major || here == major && Integer.parseInt(version[1]) >= minor;
    }
}
