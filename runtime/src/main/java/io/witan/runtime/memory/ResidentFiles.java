package io.witan.runtime.memory;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** How much of each file that this process has mapped is in its memory: pages that it has touched and the kernel has kept. */
final class ResidentFiles {
    private static final Path MAPPINGS = Path.of("/proc/self/smaps");
    private static final String RESIDENT = "Rss:";
    private static final String DELETED = " (deleted)";
    private static final long KIB = 1024;

    private final Map<String, Long> bytes = new HashMap<>();

    private ResidentFiles() {}

    /** Of this process, now; nothing if the kernel does not tell. */
    static ResidentFiles read() {
        try (BufferedReader mappings = Files.newBufferedReader(MAPPINGS)) {
            return parse(mappings);
        } catch (IOException | UncheckedIOException untold) {
            return new ResidentFiles();
        }
    }

    /** A mapping has a line with its addresses and its file, then one a figure, which begins with an upper-case letter. */
    static ResidentFiles parse(BufferedReader mappings) throws IOException {
        ResidentFiles files = new ResidentFiles();
        String file = "";
        for (String line = mappings.readLine(); line != null; line = mappings.readLine()) {
            if (line.startsWith(RESIDENT)) {
                files.bytes.merge(file, ResidentSize.kib(line.substring(RESIDENT.length())) * KIB, Long::sum);
            } else if (!line.isEmpty() && !Character.isUpperCase(line.charAt(0))) {
                file = file(line);
            }
        }
        return files;
    }

    private static String file(String mapping) {
        int at = mapping.indexOf('/');
        String path = at < 0 ? "" : mapping.substring(at);
        return path.endsWith(DELETED) ? path.substring(0, path.length() - DELETED.length()) : path;
    }

    /** @param path a file, which may be deleted meanwhile, or a folder, for all in it */
    long in(Path path) {
        String name = real(path).toString();
        long sum = 0;
        for (Map.Entry<String, Long> file : bytes.entrySet()) {
            if (file.getKey().equals(name) || file.getKey().startsWith(name + "/")) {
                sum += file.getValue();
            }
        }
        return sum;
    }

    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException gone) {
            return path.toAbsolutePath().normalize();
        }
    }
}
