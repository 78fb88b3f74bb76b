package io.witan.runtime.checkpoint;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A safetensors file, mapped read-only. Opening checks the whole header against the file's length before any tensor can
 * be had. The file must not be shortened while it is open.
 */
public final class SafetensorsFile implements AutoCloseable {
    private static final int LENGTH_BYTES = 8;
    private static final ValueLayout.OfLong HEADER_LENGTH =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path path;
    private final Arena arena;
    private final MemorySegment mapping;
    private final long dataStart;
    private final SafetensorsHeader header;
    private final Map<String, TensorInfo> byName = new LinkedHashMap<>();

    private SafetensorsFile(Path path, Arena arena, MemorySegment mapping) {
        this.path = path;
        this.arena = arena;
        this.mapping = mapping;
        long length = mapping.get(HEADER_LENGTH, 0);
        long rest = mapping.byteSize() - LENGTH_BYTES;
        if (length < 2 || length > SafetensorsHeader.MAX_BYTES || length > rest) {
            throw CheckpointException.mismatch(
                    path,
                    "header length",
                    "2 to " + Math.min(rest, SafetensorsHeader.MAX_BYTES),
                    Long.toUnsignedString(length));
        }
        this.dataStart = LENGTH_BYTES + length;
        byte[] json = mapping.asSlice(LENGTH_BYTES, length).toArray(ValueLayout.JAVA_BYTE);
        this.header = SafetensorsHeader.parse(path, json, mapping.byteSize() - dataStart);
        header.tensors().forEach(tensor -> byName.put(tensor.name(), tensor));
    }

    /** Maps and checks a file. Close it to unmap. @throws CheckpointException when it is not exactly the format */
    @SuppressWarnings("MustBeClosedChecker") // the arena goes to the file, which closes it
    public static SafetensorsFile open(Path path) {
        Arena arena = Arena.ofShared();
        try {
            return new SafetensorsFile(path, arena, map(path, arena));
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private static MemorySegment map(Path path, Arena arena) {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw CheckpointException.of(path, "is not a regular file");
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            long bytes = channel.size();
            if (bytes < LENGTH_BYTES) {
                throw CheckpointException.mismatch(path, "file length", "at least 8 bytes", bytes);
            }
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes, arena);
        } catch (IOException e) {
            throw CheckpointException.io("open", path, e);
        }
    }

    /** The file. */
    public Path path() {
        return path;
    }

    /** The string map of the header; empty when there is none. */
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(header.metadata());
    }

    /** All tensors in the order of their data. */
    public List<TensorInfo> tensors() {
        return Collections.unmodifiableList(header.tensors());
    }

    /** One tensor's header entry. @throws CheckpointException when there is no such tensor */
    public TensorInfo tensor(String name) {
        TensorInfo tensor = byName.get(name);
        if (tensor == null) {
            throw CheckpointException.of(path, "no tensor " + CheckpointException.quote(name));
        }
        return tensor;
    }

    /** A tensor's bytes: a read-only view of the mapping, valid until {@link #close}; possibly unaligned. */
    public MemorySegment data(String name) {
        TensorInfo tensor = tensor(name);
        return mapping.asSlice(dataStart + tensor.offset(), tensor.bytes());
    }

    /** What comes before the data, as it stands: the length field and the JSON with its padding. */
    public byte[] header() {
        return mapping.asSlice(0, dataStart).toArray(ValueLayout.JAVA_BYTE);
    }

    /** The whole file, header included. */
    MemorySegment bytes() {
        return mapping;
    }

    /** Unmaps the file; segments from {@link #data} die with it. */
    @Override
    public void close() {
        arena.close();
    }
}
