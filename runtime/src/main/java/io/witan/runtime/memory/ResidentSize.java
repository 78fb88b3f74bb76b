package io.witan.runtime.memory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What the kernel has of this process in memory. Pages of a file or of shared memory count in every process that has touched
 * them.
 *
 * @param bytes all of it; 0 if the kernel does not tell
 * @param fileBytes of these, pages of mapped files
 * @param sharedBytes of these, pages of shared memory
 * @param peakBytes the most that it ever was
 */
public record ResidentSize(long bytes, long fileBytes, long sharedBytes, long peakBytes) {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final ResidentSize UNKNOWN = new ResidentSize(0, 0, 0, 0);
    private static final long KIB = 1024;

    /** Of this process, now. */
    public static ResidentSize read() {
        try {
            return parse(Files.readAllLines(STATUS));
        } catch (IOException | UncheckedIOException untold) {
            return UNKNOWN;
        }
    }

    static ResidentSize parse(List<String> status) {
        return new ResidentSize(
                bytes(status, "VmRSS:"),
                bytes(status, "RssFile:"),
                bytes(status, "RssShmem:"),
                bytes(status, "VmHWM:"));
    }

    private static long bytes(List<String> status, String key) {
        for (String line : status) {
            if (line.startsWith(key)) {
                return kib(line.substring(key.length())) * KIB;
            }
        }
        return 0;
    }

    /** Of {@code "   1234 kB"}. */
    static long kib(String field) {
        return Long.parseLong(field.replace("kB", "").strip());
    }

    public boolean isKnown() {
        return bytes > 0;
    }

    /** Pages of mapped files and of shared memory, which may be in other processes too. */
    public long mappedBytes() {
        return fileBytes + sharedBytes;
    }
}
