package io.witan.collectives;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A run's folder in the shared memory of a node, best named {@code witan-PID-RUNID} ({@link #named}). The process that made
 * it holds a lock on a file in it for as long as it lives, however it dies, so that a later start can tell a leftover from
 * a live run, even across containers that share the memory but not the process ids.
 *
 * <p>Any thread. The lock is the process's: a process never opens the lock files of its own folders a second time, as
 * to close one would give up the lock.
 */
public final class RunDirectory implements AutoCloseable {
    private static final Pattern NAME = Pattern.compile("witan-([0-9]{1,10})-[0-9a-f]{16}");
    private static final String LOCK = "owner.lock";

    /** A live owner holds its lock this soon after it made the folder. */
    private static final Duration LOCKED_WITHIN = Duration.ofMinutes(1);

    private final Path path;
    private final FileChannel lock;

    private RunDirectory(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /** The folder of a run started by this process: {@code parent/witan-PID-RUNID}, RUNID in 16 hexadecimal digits. */
    public static Path named(Path parent, long runId) {
        String name =
                "witan-" + ProcessHandle.current().pid() + "-" + HexFormat.of().toHexDigits(runId);
        return parent.resolve(name);
    }

    /**
     * Makes the folder; this process owns it until it is closed or the process ends. The sweep of a later start finds it
     * only by a name of {@link #named}.
     *
     * @throws IOException if it is there already, its parent is not, or it cannot be locked; then nothing is left of it
     */
    public static RunDirectory create(Path path) throws IOException {
        Files.createDirectory(path);
        try {
            return claim(path);
        } catch (IOException refused) {
            delete(path);
            throw refused;
        }
    }

    /** As {@link #create}, of a folder that another part of this process has just made. */
    @SuppressWarnings("MustBeClosedChecker") // the run's, until it is closed
    static RunDirectory claim(Path path) throws IOException {
        Path unlocked = path.resolve(LOCK + ".new");
        FileChannel lock = FileChannel.open(unlocked, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try {
            lock.lock();
            // Under its name it is never seen unlocked while its owner lives.
            Files.move(unlocked, path.resolve(LOCK), StandardCopyOption.ATOMIC_MOVE);
            return new RunDirectory(path, lock);
        } catch (IOException refused) {
            lock.close();
            throw refused;
        }
    }

    public Path path() {
        return path;
    }

    /**
     * Deletes the folder and all that is in it, and gives up the lock. A second call does nothing.
     *
     * @throws UncheckedIOException if something cannot be deleted; what stays is a leftover
     */
    @Override
    public synchronized void close() {
        if (!lock.isOpen()) {
            return;
        }
        try (lock) {
            delete(path);
        } catch (IOException left) {
            throw new UncheckedIOException(left);
        }
    }

    /** Folders of runs under the parent whose owners are dead, in the order of their names. None if it cannot be read. */
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
        } catch (IOException | DirectoryIteratorException _) {
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
                delete(folder);
                swept.add(folder);
            } catch (IOException _) {
                continue;
            }
        }
        return swept;
    }

    private static boolean ownerIsDead(Path folder, long pid) {
        try {
            Instant made = Files.getLastModifiedTime(folder).toInstant();
            if (pid == ProcessHandle.current().pid() && !made.isBefore(ownStart())) {
                // May be this process's own.
                return false;
            }
            // Without a lock it may be one that is just being made, by a process whose id means nothing here.
            boolean fresh = made.isAfter(Instant.now().minus(LOCKED_WITHIN));
            return isUnlocked(folder.resolve(LOCK), !fresh);
        } catch (IOException | OverlappingFileLockException _) {
            // Deleted meanwhile, or another user's.
            return false;
        }
    }

    /** @param orAbsent what to say where there is no such file */
    private static boolean isUnlocked(Path lockFile, boolean orAbsent) throws IOException {
        try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
                FileLock taken = channel.tryLock()) {
            return taken != null;
        } catch (NoSuchFileException _) {
            return orAbsent;
        }
    }

    private static Instant ownStart() {
        return ProcessHandle.current().info().startInstant().orElse(Instant.MIN).minusSeconds(1);
    }

    /** Symbolic links are deleted, not followed. */
    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        List<Path> deepestFirst;
        try (Stream<Path> walk = Files.walk(folder)) {
            deepestFirst = walk.sorted(Comparator.reverseOrder()).toList();
        } catch (UncheckedIOException unreadable) {
            throw unreadable.getCause();
        }
        for (Path path : deepestFirst) {
            Files.deleteIfExists(path);
        }
    }
}
