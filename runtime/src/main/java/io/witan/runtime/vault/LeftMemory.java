package io.witan.runtime.vault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A folder of {@link NodeMemory} whose vaults no process has open: its run was killed with its launcher, or has failed, and has not gone on
 * yet; or it is just beginning, ending or replacing ranks.
 *
 * @param run output folder of the run
 * @param bytes that it takes of the memory
 */
public record LeftMemory(Path folder, Path run, long bytes) {
    /**
     * Those that this process may read, in the order of their names; none if the parent cannot be read.
     *
     * @param parent folder in memory, as for {@link NodeMemory#of}
     */
    public static List<LeftMemory> in(Path parent) {
        List<LeftMemory> left = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, NodeMemory.PREFIX + "*")) {
            for (Path folder : folders) {
                look(folder).ifPresent(left::add);
            }
        } catch (IOException | DirectoryIteratorException e) {
            return List.of();
        }
        left.sort(Comparator.comparing(LeftMemory::folder));
        return left;
    }

    private static Optional<LeftMemory> look(Path folder) {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS) || !Files.isReadable(folder)) {
            return Optional.empty();
        }
        try {
            long bytes = 0;
            for (Path file : files(folder)) {
                if (file.toString().endsWith(".lock") && isHeld(file)) {
                    return Optional.empty();
                }
                bytes += Files.size(file);
            }
            return Optional.of(new LeftMemory(folder, Files.readSymbolicLink(folder.resolve(NodeMemory.LINK)), bytes));
        } catch (IOException | UncheckedIOException changing) {
            // Its run is beginning or ending.
            return Optional.empty();
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
                    .toList();
        }
    }

    private static boolean isHeld(Path lock) throws IOException {
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
                FileLock free = channel.tryLock()) {
            return free == null;
        } catch (OverlappingFileLockException e) {
            return true;
        }
    }

    /**
     * Whether its run has been missed since then or longer: it was removed, and not only moved, or on a disk that is away. A call that misses
     * it first makes a note of that.
     *
     * @param isThere whether the run is in its folder now
     */
    public boolean isMissedSince(Instant then, boolean isThere) {
        Path note = folder.resolve(NodeMemory.MISSED);
        try {
            if (isThere) {
                Files.deleteIfExists(note);
                return false;
            }
            if (Files.notExists(note)) {
                Files.createFile(note);
            }
            return !Files.getLastModifiedTime(note).toInstant().isAfter(then);
        } catch (IOException another) {
            // Its run is beginning or ending, or another start looks at it.
            return false;
        }
    }

    /** Frees its memory, if it is as it was found. Returns false if some of it stays. */
    public boolean remove() {
        if (!look(folder).equals(Optional.of(this))) {
            return false;
        }
        Path link = folder.resolve(NodeMemory.LINK);
        try (Stream<Path> all = Files.walk(folder)) {
            // By the link what is left of it is found again.
            List<Path> deepestFirst = all.sorted(Comparator.reverseOrder())
                    .filter(path -> !path.equals(link) && !path.equals(folder))
                    .toList();
            for (Path path : deepestFirst) {
                Files.deleteIfExists(path);
            }
            Files.deleteIfExists(link);
            Files.deleteIfExists(folder);
            return true;
        } catch (IOException | UncheckedIOException e) {
            return false;
        }
    }
}
