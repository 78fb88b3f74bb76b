package io.witan.collectives.shared;

import static io.witan.collectives.shared.RingLayout.*;

import io.witan.collectives.wire.BadPeerException;
import io.witan.collectives.wire.TransportException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.agrona.CloseHelper;

/** The file in which one rank writes its rings; it holds a lock on it for as long as it lives. */
final class PeerRings implements AutoCloseable {
    private final Path file;
    private final Object fileKey;
    private final FileChannel channel;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;

    private PeerRings(Path file, FileChannel channel, long bytes) throws IOException {
        this.file = file;
        this.fileKey = keyOf(file);
        this.channel = channel;
        this.memory = NodeFiles.map(channel, bytes, arena);
    }

    /** This rank's own, with the lock. Replaces those of a process that has ended. */
    static PeerRings create(Path file, RingLayout layout, long runId) {
        deleteIfOrphaned(file);
        FileChannel channel = NodeFiles.create(file, layout.fileBytes());
        try {
            if (channel.tryLock() == null) {
                throw new IOException("another process has locked it");
            }
            PeerRings rings = new PeerRings(file, channel, layout.fileBytes());
            rings.memory.set(ValueLayout.JAVA_LONG, RUN_ID_AT, runId);
            rings.memory.set(ValueLayout.JAVA_LONG, FILE_BYTES_AT, layout.fileBytes());
            write(rings.memory, MAGIC_AT, MAGIC);
            return rings;
        } catch (IOException refused) {
            CloseHelper.quietClose(channel);
            NodeFiles.delete(file);
            throw new TransportException("cannot use " + file + ": " + refused.getMessage(), refused);
        }
    }

    /**
     * A peer's; null if it has none any more.
     *
     * @throws BadPeerException if they are not those of this group
     */
    static PeerRings open(Path file, int peer, RingLayout layout, long runId) {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
            requireFit(channel, layout);
            PeerRings rings = new PeerRings(file, channel, layout.fileBytes());
            rings.requireFit(runId);
            return rings;
        } catch (NoSuchFileException left) {
            CloseHelper.quietClose(channel);
            return null;
        } catch (IOException refused) {
            CloseHelper.quietClose(channel);
            throw new BadPeerException(peer, "cannot use " + file + " of rank " + peer + ": " + refused.getMessage());
        }
    }

    private static void requireFit(FileChannel channel, RingLayout layout) throws IOException {
        if (channel.size() != layout.fileBytes()) {
            throw new IOException("it has " + channel.size() + " B, expected " + layout.fileBytes() + " B");
        }
    }

    private void requireFit(long runId) throws IOException {
        if (read(memory, MAGIC_AT) != MAGIC || memory.get(ValueLayout.JAVA_LONG, RUN_ID_AT) != runId) {
            arena.close();
            throw new IOException("it belongs to another run");
        }
    }

    private static void deleteIfOrphaned(Path file) {
        if (!Files.exists(file)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            if (lock != null) {
                Files.deleteIfExists(file);
                return;
            }
        } catch (IOException | OverlappingFileLockException inUse) {
            throw new TransportException(file + " is in use: this rank is in the world already", inUse);
        }
        throw new TransportException(file + " is in use: this rank is in the world already");
    }

    MemorySegment ring(RingLayout layout, int localTarget, int stream) {
        return memory.asSlice(layout.ringAt(localTarget, stream), layout.ringBytes());
    }

    /** True if the owner's process has ended: its lock is free. Of a rank in this same process it is never known. */
    boolean hasEnded() {
        try (FileLock lock = channel.tryLock()) {
            return lock != null;
        } catch (OverlappingFileLockException sameProcess) {
            return false;
        } catch (IOException unknown) {
            return false;
        }
    }

    /** True if the owner's process has ended without deleting its file, which nobody has replaced since. */
    boolean wereLeft() {
        try {
            return hasEnded() && keyOf(file).equals(fileKey);
        } catch (IOException deleted) {
            return false;
        }
    }

    /** Tells a file from another of the same name. */
    private static Object keyOf(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    @Override
    public void close() {
        arena.close();
        try {
            channel.close();
        } catch (IOException left) {
            return;
        }
    }
}
