package io.witan.collectives;

import io.aeron.CncFileDescriptor;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Names, owners and remains of driver directories. */
final class RunDirectories {
    private static final String OWNER_FILE = "witan.owner";
    private static final Pattern NAME = Pattern.compile("witan-(\\d{1,10})-[0-9a-f]+");

    private RunDirectories() {}

    static Path name(Path parent, long runId) {
        return parent.resolve("witan-" + ProcessHandle.current().pid() + "-" + Long.toHexString(runId));
    }

    /**
     * Locks a file in it for as long as the channel is open and this process lives, however it dies: processes that share the
     * folder but not the process ids see it too.
     */
    @SuppressWarnings("MustBeClosedChecker") // the driver's, until it stops
    static FileChannel own(Path directory) throws IOException {
        FileChannel owner = FileChannel.open(
                directory.resolve(OWNER_FILE), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        owner.lock();
        return owner;
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

    /** Of drivers only: other folders of such names are left to those who made them. */
    private static boolean isOrphan(Path directory) throws IOException {
        Matcher name = NAME.matcher(directory.getFileName().toString());
        if (!name.matches()
                || Long.parseLong(name.group(1)) == ProcessHandle.current().pid()) {
            // To open and close the file of an own driver would give up its lock.
            return false;
        }
        try (FileChannel owner = FileChannel.open(directory.resolve(OWNER_FILE), StandardOpenOption.WRITE);
                FileLock lock = owner.tryLock()) {
            return lock != null;
        } catch (NoSuchFileException starting) {
            return Files.exists(directory.resolve(CncFileDescriptor.CNC_FILE))
                    && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty();
        }
    }
}
