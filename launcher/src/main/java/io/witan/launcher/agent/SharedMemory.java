package io.witan.launcher.agent;

import io.witan.launcher.exit.ExitCode;
import io.witan.launcher.exit.LaunchException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A run's folder in shared memory on one node: {@code /dev/shm/witan-PID-RUNID}. Its owner holds a lock on a file in it
 * for as long as it lives, however it dies, so that a later start can tell a leftover from a live run, even across
 * containers that share the memory but not the process ids.
 */
public final class SharedMemory implements AutoCloseable {
    /** Environment variable: another folder than /dev/shm. */
    public static final String FOLDER_VARIABLE = "WITAN_SHM_DIR";

    private static final Pattern NAME = Pattern.compile("witan-([0-9]{1,10})-[0-9a-f]{16}");
    private static final String LOCK = "owner.lock";

    /** A live owner holds its lock this soon after it made the folder. */
    private static final Duration LOCKED_WITHIN = Duration.ofMinutes(1);

    private final Path folder;
    private final FileChannel lock;

    private SharedMemory(Path folder, FileChannel lock) {
        this.folder = folder;
        this.lock = lock;
    }

    /** Where runs keep their shared memory on this node. */
    public static Path parent() {
        String chosen = System.getenv(FOLDER_VARIABLE);
        return Path.of(chosen == null || chosen.isBlank() ? "/dev/shm" : chosen);
    }

    /** @throws LaunchException code ENVIRONMENT if the folder cannot be made */
    static SharedMemory create(Path parent, String runId) {
        Path folder = parent.resolve("witan-" + ProcessHandle.current().pid() + "-" + runId);
        try {
            Files.createDirectory(folder);
            FileChannel lock =
                    FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            lock.lock();
            return new SharedMemory(folder, lock);
        } catch (IOException e) {
            throw new LaunchException(
                    ExitCode.ENVIRONMENT,
                    "cannot make " + folder + ": " + e + "; set " + FOLDER_VARIABLE + " to a writable memory folder",
                    e);
        }
    }

    Path folder() {
        return folder;
    }

    /** Removes the folder and all that is in it. A second call does nothing. */
    @Override
    public void close() {
        if (!lock.isOpen()) {
            return;
        }
        try (lock) {
            deleteTree(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Folders under the parent whose owners are dead. */
    public static List<Path> leftovers(Path parent) {
        List<Path> dead = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, "witan-*")) {
            for (Path folder : folders) {
                Matcher name = NAME.matcher(folder.getFileName().toString());
                boolean ours = name.matches() && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS);
                if (ours && ownerIsDead(folder, Long.parseLong(name.group(1)))) {
                    dead.add(folder);
                }
            }
        } catch (IOException _) {
            return dead;
        }
        dead.sort(Comparator.naturalOrder());
        return dead;
    }

    /** Deletes the leftovers of dead runs; what cannot be deleted (another user's) stays. Returns what was deleted. */
    public static List<Path> sweep(Path parent) {
        List<Path> swept = new ArrayList<>();
        for (Path folder : leftovers(parent)) {
            try {
                deleteTree(folder);
                swept.add(folder);
            } catch (IOException _) {
                continue;
            }
        }
        return swept;
    }

    private static boolean ownerIsDead(Path folder, long pid) throws IOException {
        Path lockFile = folder.resolve(LOCK);
        Instant made = Files.getLastModifiedTime(folder).toInstant();
        if (pid == ProcessHandle.current().pid() && !made.isBefore(ownStart())) {
            // Opening and closing the file here would give up this process's own lock.
            return false;
        }
        boolean mayStillLock = Files.exists(Path.of("/proc", Long.toString(pid)))
                && made.isAfter(Instant.now().minus(LOCKED_WITHIN));
        try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE);
                FileLock taken = channel.tryLock()) {
            return taken != null && !mayStillLock;
        } catch (NoSuchFileException _) {
            return !mayStillLock;
        } catch (IOException | OverlappingFileLockException _) {
            return false;
        }
    }

    private static Instant ownStart() {
        return ProcessHandle.current().info().startInstant().orElse(Instant.MIN).minusSeconds(1);
    }

    private static void deleteTree(Path folder) throws IOException {
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(folder)) {
            paths = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : paths) {
            Files.deleteIfExists(path);
        }
    }
}
