package io.witan.launcher.doctor;

import io.witan.collectives.RunDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reads {@link Facts} from the running machine. */
public final class FactsReader {
    private static final long UNKNOWN = -1;

    private FactsReader() {}

    /** All facts; loads native libraries, so it takes a moment. */
    public static Facts read(Path shm) {
        return new Facts(
                platform(),
                storage(shm),
                sockets(),
                memory(),
                NativeProbe.gpu(),
                NativeProbe.matrixProducts(),
                NativeProbe.fonts());
    }

    static Facts.Platform platform() {
        return new Facts.Platform(
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                Runtime.version().feature(),
                System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + ")",
                ModuleFinder.ofSystem().find("jdk.incubator.vector").isPresent());
    }

    public static Facts.Storage storage(Path shm) {
        long total = UNKNOWN;
        long free = 0;
        try {
            FileStore store = Files.getFileStore(shm);
            total = store.getTotalSpace();
            free = store.getUsableSpace();
        } catch (IOException _) {
            total = UNKNOWN;
        }
        long diskFree = UNKNOWN;
        try {
            diskFree = Files.getFileStore(Path.of("").toAbsolutePath()).getUsableSpace();
        } catch (IOException _) {
            diskFree = UNKNOWN;
        }
        List<Path> leftovers = RunDirectory.leftovers(shm);
        boolean writable = Files.isDirectory(shm) && Files.isWritable(shm);
        return new Facts.Storage(shm, total, free, writable, leftovers, diskFree);
    }

    private static Facts.Sockets sockets() {
        return new Facts.Sockets(
                number(Path.of("/proc/sys/net/core/rmem_max"), UNKNOWN),
                number(Path.of("/proc/sys/net/core/wmem_max"), UNKNOWN));
    }

    private static Facts.Memory memory() {
        long v2 = number(Path.of("/sys/fs/cgroup/memory.max"), Long.MAX_VALUE);
        long v1 = number(Path.of("/sys/fs/cgroup/memory/memory.limit_in_bytes"), Long.MAX_VALUE);
        return new Facts.Memory(Runtime.getRuntime().availableProcessors(), totalMemory(), Math.min(v1, v2));
    }

    private static long totalMemory() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
                if (line.startsWith("MemTotal:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
                }
            }
        } catch (IOException _) {
            return Long.MAX_VALUE;
        }
        return Long.MAX_VALUE;
    }

    private static long number(Path file, long otherwise) {
        try (InputStream in = Files.newInputStream(file)) {
            // In one read: a file under /proc/sys answers the first read only, and Files.readString begins with one
            // byte.
            byte[] bytes = new byte[64];
            String text = new String(bytes, 0, Math.max(0, in.read(bytes)), StandardCharsets.US_ASCII).strip();
            return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : otherwise;
        } catch (IOException _) {
            return otherwise;
        }
    }
}
