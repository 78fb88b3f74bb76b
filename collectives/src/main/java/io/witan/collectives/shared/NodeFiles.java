package io.witan.collectives.shared;

import io.witan.collectives.wire.TransportException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;

/** The files of a group on one node, for their user alone: they lie in the directory of its media driver and disappear with it. */
final class NodeFiles {
    private static final String FOLDER = "memory";
    private static final int BLOCK_BYTES = 1 << 20;

    private final Path folder;
    private final String group;

    /**
     * @param runId of the group: several on a node keep their files apart by it
     * @throws TransportException if the folder cannot be made
     */
    NodeFiles(Path driverDirectory, long runId) {
        this(runId, driverDirectory.resolve(FOLDER));
        try {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException refused) {
            throw new TransportException("cannot make " + folder + ": " + refused, refused);
        }
    }

    private NodeFiles(long runId, Path folder) {
        this.folder = folder;
        this.group = HexFormat.of().toHexDigits(runId);
    }

    /** Those of a group that may have left none. */
    static NodeFiles left(Path driverDirectory, long runId) {
        return new NodeFiles(runId, driverDirectory.resolve(FOLDER));
    }

    Path rings(int rank) {
        return folder.resolve(group + "-rings-" + rank);
    }

    Path region(int rank, long region) {
        return folder.resolve(regionsOf(rank) + region);
    }

    private String regionsOf(int rank) {
        return group + "-region-" + rank + "-";
    }

    /** Deletes what a rank has left whose process was killed. */
    void deleteAllOf(int rank) {
        try (DirectoryStream<Path> regions = Files.newDirectoryStream(folder, regionsOf(rank) + "*")) {
            regions.forEach(NodeFiles::delete);
        } catch (IOException | DirectoryIteratorException left) {
            // The whole folder goes when the driver ends.
            return;
        }
        delete(rings(rank));
    }

    /**
     * A new file of zeroes. All of it is written, so that a full file system shows here and not as a crash later.
     *
     * @throws TransportException if it exists, or there is no room
     */
    static FileChannel create(Path file, long bytes) {
        FileChannel channel = null;
        try {
            requireRoom(file, bytes);
            channel = FileChannel.open(
                    file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
            ByteBuffer zeroes = ByteBuffer.allocateDirect((int) Math.min(bytes, BLOCK_BYTES));
            for (long at = 0; at < bytes; ) {
                zeroes.clear().limit((int) Math.min(bytes - at, zeroes.capacity()));
                at += channel.write(zeroes, at);
            }
            return channel;
        } catch (IOException refused) {
            discard(channel, file);
            throw new TransportException(
                    "cannot make " + file + " of " + bytes + " B in shared memory: " + refused.getMessage(), refused);
        }
    }

    /** Before anything is written: a full file system is an error, or a crash, in whatever else shares it. */
    private static void requireRoom(Path file, long bytes) throws IOException {
        long usable = Files.getFileStore(file.getParent()).getUsableSpace();
        if (bytes > usable) {
            throw new IOException("only " + usable + " B are left");
        }
    }

    static MemorySegment map(FileChannel channel, long bytes, Arena arena) throws IOException {
        return channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena);
    }

    static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException left) {
            // The whole folder goes when the driver ends.
            return;
        }
    }

    private static void discard(FileChannel channel, Path file) {
        if (channel == null) {
            return;
        }
        try (channel) {
            delete(file);
        } catch (IOException left) {
            return;
        }
    }
}
