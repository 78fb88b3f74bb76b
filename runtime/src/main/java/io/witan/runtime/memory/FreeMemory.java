package io.witan.runtime.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Memory of this machine that programs may still take: what the kernel has to give, or less if a control group allows less. */
public final class FreeMemory {
    private static final long KIBI = 1024;
    private static final Path MACHINE = Path.of("/proc/meminfo");
    private static final Path GROUP = Path.of("/sys/fs/cgroup");

    private FreeMemory() {}

    /** Bytes, without swap; {@link Long#MAX_VALUE} if unknown. */
    public static long bytes() {
        return bytes(MACHINE, GROUP);
    }

    static long bytes(Path machine, Path group) {
        return Math.min(available(machine), allowed(group));
    }

    private static long available(Path machine) {
        try (var lines = Files.lines(machine)) {
            return lines.filter(line -> line.startsWith("MemAvailable:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * KIBI)
                    .findFirst()
                    .orElse(Long.MAX_VALUE);
        } catch (IOException | NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    /** Page cache that the group counts is given back when memory is short. */
    private static long allowed(Path group) {
        long v2 = left(group.resolve("memory.max"), group.resolve("memory.current"), group.resolve("memory.stat"));
        Path old = group.resolve("memory");
        long v1 = left(
                old.resolve("memory.limit_in_bytes"), old.resolve("memory.usage_in_bytes"), old.resolve("memory.stat"));
        return Math.min(v2, v1);
    }

    private static long left(Path limit, Path used, Path statistics) {
        long most = number(limit);
        long now = number(used);
        if (most == Long.MAX_VALUE || now == Long.MAX_VALUE) {
            return Long.MAX_VALUE;
        }
        return Math.max(0, most - Math.max(0, now - inactiveFiles(statistics)));
    }

    private static long inactiveFiles(Path statistics) {
        try (var lines = Files.lines(statistics)) {
            return lines.filter(line -> line.startsWith("inactive_file "))
                    .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(' ') + 1)))
                    .findFirst()
                    .orElse(0);
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }

    private static long number(Path file) {
        try {
            return Long.parseLong(Files.readString(file).strip());
        } catch (IOException | NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }
}
