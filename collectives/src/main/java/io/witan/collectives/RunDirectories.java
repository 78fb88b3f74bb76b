package io.witan.collectives;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Names, owners and remains of driver directories. */
final class RunDirectories {
    private static final String OWNER_FILE = "witan.owner";
    private static final Pattern NAME = Pattern.compile("witan-(\\d+)-[0-9a-f]+");

    private RunDirectories() {}

    static Path name(Path parent, long runId) {
        return parent.resolve("witan-" + ProcessHandle.current().pid() + "-" + Long.toHexString(runId));
    }

    /** Notes this process and its start time, since process ids are used again. */
    static void writeOwner(Path directory) throws IOException {
        ProcessHandle self = ProcessHandle.current();
        Files.writeString(directory.resolve(OWNER_FILE), self.pid() + " " + startMillis(self));
    }

    static int sweep(Path parent) {
        int deleted = 0;
        try (DirectoryStream<Path> candidates = Files.newDirectoryStream(parent, "witan-*")) {
            for (Path directory : candidates) {
                if (Files.isDirectory(directory) && isOrphan(directory)) {
                    delete(directory);
                    deleted++;
                }
            }
        } catch (IOException unreadable) {
            return deleted;
        }
        return deleted;
    }

    static void delete(Path directory) {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.deleteIfExists(file);
            }
        } catch (IOException left) {
            directory.toFile().deleteOnExit();
        }
    }

    private static boolean isOrphan(Path directory) {
        try {
            String[] owner =
                    Files.readString(directory.resolve(OWNER_FILE)).strip().split(" ");
            return !isRunning(Long.parseLong(owner[0]), Long.parseLong(owner[1]));
        } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException noOwner) {
            Matcher name = NAME.matcher(directory.getFileName().toString());
            return name.matches()
                    && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty();
        }
    }

    private static boolean isRunning(long pid, long startMillis) {
        Optional<ProcessHandle> process = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
        return process.isPresent() && (startMillis == 0 || startMillis(process.get()) == startMillis);
    }

    private static long startMillis(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }
}
