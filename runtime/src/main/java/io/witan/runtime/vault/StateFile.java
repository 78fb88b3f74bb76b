package io.witan.runtime.vault;

import io.witan.kernels.simd.WordSum;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The mapped state file: two slots of entries, each followed by its engine state (the last index). */
final class StateFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StateFile.class);
    private static final int NO_SLOT = -1;

    private final Path path;
    private final VaultLayout layout;
    private final Arena arena;
    private final MemorySegment mapping;
    private final MemorySegment[][] segments;
    /** Checksums of entries that were told. */
    private final int[] told;
    /** Of which slot. */
    private final int[] toldSlot;

    private final boolean inMemory;

    private StateFile(Path path, VaultLayout layout, Arena arena, MemorySegment mapping, boolean inMemory) {
        this.path = path;
        this.inMemory = inMemory;
        this.layout = layout;
        this.arena = arena;
        this.mapping = mapping;
        int count = layout.entries().size() + 1;
        this.segments = new MemorySegment[VaultLayout.SLOTS][count];
        this.told = new int[count - 1];
        this.toldSlot = new int[count - 1];
        Arrays.fill(toldSlot, NO_SLOT);
        long[] offsets = layout.offsets();
        for (int slot = 0; slot < VaultLayout.SLOTS; slot++) {
            long start = layout.headerBytes() + slot * offsets[count];
            for (int i = 0; i < count; i++) {
                long bytes = i < count - 1 ? layout.entries().get(i).bytes() : layout.engineStateCapacity();
                segments[slot][i] = mapping.asSlice(start + offsets[i], bytes);
            }
        }
    }

    /** Takes the space of the file, all zeros and without a header: opening it is refused until {@link #finish}. */
    static void allocate(Path path, long bytes) {
        try {
            Files.deleteIfExists(path);
            DiskSpace.fillWithZeros(path, bytes);
        } catch (IOException e) {
            throw VaultException.io("create", path, e);
        } catch (VaultException e) {
            path.toFile().delete();
            throw e;
        }
    }

    /** Writes the header of an allocated file, which makes it a vault. */
    static void finish(Path path, VaultLayout layout) {
        ByteBuffer header = layout.encode();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            long at = 0;
            while (header.hasRemaining()) {
                at += channel.write(header, at);
            }
        } catch (IOException e) {
            throw VaultException.io("write", path, e);
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // the arena goes to the state file, which closes it
    static StateFile open(Path path, int rank) {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long bytes = channel.size();
            MemorySegment mapping = channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena);
            VaultLayout layout = VaultLayout.decode(
                    path, mapping.asSlice(0, Math.min(bytes, 1L << 30)).asByteBuffer());
            if (layout.rank() != rank) {
                throw new VaultException(
                        VaultException.Reason.GEOMETRY, path + ": rank: expected " + rank + ", found " + layout.rank());
            }
            if (layout.totalBytes() != bytes) {
                throw new VaultException(
                        VaultException.Reason.CORRUPT,
                        path + ": length in bytes: expected " + layout.totalBytes() + ", found " + bytes);
            }
            boolean inMemory = Files.getFileStore(path).type().equals("tmpfs");
            if (inMemory && !MappedPages.lock(mapping)) {
                LOG.debug("{}: not locked in memory, as the limit of locked memory (ulimit -l) is too low", path);
            }
            return new StateFile(path, layout, arena, mapping, inMemory);
        } catch (NoSuchFileException e) {
            arena.close();
            throw new VaultException(VaultException.Reason.ABSENT, path + ": no vault", e);
        } catch (IOException e) {
            arena.close();
            throw VaultException.io("open", path, e);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    VaultLayout layout() {
        return layout;
    }

    Path path() {
        return path;
    }

    MemorySegment mapping() {
        return mapping;
    }

    MemorySegment segment(int slot, int index) {
        return segments[slot][index];
    }

    /** Saves the stores to come to a slot their page faults, which are those of a file that is written back to a disk. */
    void makeWritable(int slot) {
        if (inMemory) {
            return;
        }
        MemorySegment first = segments[slot][0];
        MemorySegment last = engineState(slot);
        MappedPages.makeWritable(mapping.asSlice(
                first.address() - mapping.address(), last.address() + last.byteSize() - first.address()));
    }

    /** Of an entry as it is now. */
    long checksum(int slot, int index) {
        return Integer.toUnsignedLong(WordSum.of(segments[slot][index]));
    }

    /** The next commit of the slot takes this for the checksum of an entry. */
    void written(int slot, int index, int checksum) {
        told[index] = checksum;
        toldSlot[index] = slot;
    }

    /** The checksum as {@link #written} told it, or else as it is read now. */
    long takeChecksum(int slot, int index) {
        long checksum = toldSlot[index] == slot ? Integer.toUnsignedLong(told[index]) : checksum(slot, index);
        toldSlot[index] = NO_SLOT;
        return checksum;
    }

    void putEngineState(int slot, byte[] engineState) {
        MemorySegment.copy(engineState, 0, engineState(slot), ValueLayout.JAVA_BYTE, 0, engineState.length);
    }

    byte[] getEngineState(int slot, long bytes) {
        return engineState(slot).asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE);
    }

    private MemorySegment engineState(int slot) {
        return segments[slot][layout.entries().size()];
    }

    @Override
    public void close() {
        arena.close();
    }
}
