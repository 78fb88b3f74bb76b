package io.witan.runtime.engine;

import io.witan.collectives.CollectiveException;
import io.witan.collectives.CommunicatorGroup;
import io.witan.collectives.RegisteredBuffer;
import io.witan.kernels.KernelMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Off-heap memory for what ranks exchange. As long as this rank's share of the node's shared memory lasts, it is registered:
 * peers on the node copy from it once, or read it where it is. What comes after that is private and goes through rings, with
 * two copies; the numbers are the same. Each rank decides that for itself.
 *
 * <p>Thread rule: the rank's training thread.
 */
public final class ExchangeMemory implements SegmentAllocator, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ExchangeMemory.class);
    private static final long ALIGNMENT = 64;
    /** Shared memory is taken in pages. */
    private static final long PAGE_BYTES = 4096;

    private final CommunicatorGroup group;
    private final long budgetBytes;
    private final Map<Long, RegisteredBuffer> shared = new HashMap<>();
    private final Map<Long, Arena> owned = new HashMap<>();
    private final List<RegisteredBuffer> files = new ArrayList<>();
    private final Map<Room, MemorySegment> staging = new EnumMap<>(Room.class);
    private StepArena transit;
    private long sharedBytes;
    private long privateBytes;
    private boolean exhausted;

    /**
     * @param budgetBytes how much of the node's shared memory this rank may take; 0 for none
     */
    public ExchangeMemory(CommunicatorGroup group, long budgetBytes) {
        this.group = group;
        this.budgetBytes = group.sharesMemory() ? budgetBytes : 0;
    }

    /** Memory for a group of some of these ranks, of what is left of the share; the caller closes it. */
    public ExchangeMemory of(CommunicatorGroup part) {
        return new ExchangeMemory(part, budgetBytes - sharedBytes);
    }

    /** Zeroes, aligned to 64 B, valid until {@link #free} or {@link #close}. */
    public MemorySegment allocate(long bytes) {
        return allocate(bytes, ALIGNMENT);
    }

    /** @param alignment at most 64 */
    @Override
    public MemorySegment allocate(long bytes, long alignment) {
        if (alignment > ALIGNMENT) {
            throw new IllegalArgumentException("alignment " + alignment + " is above " + ALIGNMENT);
        }
        MemorySegment segment = bytes == 0 ? null : allocateShared(bytes);
        return segment == null ? allocatePrivate(bytes) : segment;
    }

    private MemorySegment allocateShared(long bytes) {
        if (sharedBytes + pages(bytes) > budgetBytes) {
            reportExhausted("the share of " + megabytes(budgetBytes) + " is used up");
            return null;
        }
        RegisteredBuffer buffer;
        try {
            buffer = group.allocate(bytes);
        } catch (CollectiveException full) {
            reportExhausted(full.getMessage());
            return null;
        }
        shared.put(buffer.segment().address(), buffer);
        sharedBytes += pages(bytes);
        return buffer.segment();
    }

    @SuppressWarnings("MustBeClosedChecker") // closed by free() or close()
    private MemorySegment allocatePrivate(long bytes) {
        Arena arena = Arena.ofShared();
        MemorySegment segment = arena.allocate(bytes, ALIGNMENT);
        owned.put(segment.address(), arena);
        privateBytes += bytes;
        return segment;
    }

    private void reportExhausted(String why) {
        if (!exhausted && budgetBytes > 0) {
            LOG.info("further memory for what ranks exchange is private: {}", why);
        }
        exhausted = true;
    }

    /** Frees memory from {@link #allocate}, as a whole; no operation may be in flight on it. */
    public void free(MemorySegment segment) {
        RegisteredBuffer buffer = shared.remove(segment.address());
        if (buffer != null) {
            sharedBytes -= pages(segment.byteSize());
            buffer.close();
            return;
        }
        Arena arena = owned.remove(segment.address());
        if (arena == null) {
            throw new IllegalArgumentException("memory of " + segment.byteSize() + " B was not allocated here");
        }
        privateBytes -= segment.byteSize();
        arena.close();
    }

    /** Rooms for what is sent, of which two may be on their way at once. */
    public enum Room {
        /** Of rows of this rank's tokens. */
        TOKENS,
        /** Of rows of this rank's experts. */
        EXPERTS
    }

    /**
     * Room for what is sent next, with undefined contents; valid until the next call for the same room. One serves all layers, as a
     * sender waits until its peers have read it.
     */
    public MemorySegment staging(Room room, long bytes) {
        MemorySegment held = staging.getOrDefault(room, MemorySegment.NULL);
        if (held.byteSize() < bytes) {
            if (held.byteSize() > 0) {
                free(held);
            }
            // By half more than wanted: numbers of tokens change from step to step.
            held = allocate(bytes + bytes / 2);
            staging.put(room, held);
        }
        return held.asSlice(0, bytes);
    }

    /**
     * Private scratch for what is between two stages of its way, one for all layers.
     *
     * @param host memory of the host's kernels, the same at every call
     */
    public StepArena transit(KernelMemory host) {
        if (transit == null) {
            transit = new StepArena(host, host, StepArena.BLOCK_BYTES);
        }
        return transit;
    }

    /** Lets peers on the node read a file where its owner, this rank, has mapped it; see {@link CommunicatorGroup#register}. */
    public void register(Path file, MemorySegment mapping) {
        if (group.sharesMemory()) {
            files.add(group.register(file, mapping));
        }
    }

    /** True if peers on this node can read all of that memory where it is. */
    public boolean isShared(MemorySegment memory) {
        return files.stream().anyMatch(file -> contains(file.segment(), memory))
                || shared.values().stream().anyMatch(buffer -> contains(buffer.segment(), memory));
    }

    private static boolean contains(MemorySegment whole, MemorySegment part) {
        long offset = part.address() - whole.address();
        return offset >= 0 && offset + part.byteSize() <= whole.byteSize();
    }

    /** Bytes of the node's shared memory in use here. */
    public long sharedBytes() {
        return sharedBytes;
    }

    /** Bytes of private memory in use here. */
    public long privateBytes() {
        return privateBytes;
    }

    /** Bytes of the rooms for what is sent, shared or private, and of what is between two stages. */
    public long stagingBytes() {
        long between = transit == null ? 0 : transit.hostHeldBytes();
        return staging.values().stream().mapToLong(MemorySegment::byteSize).sum() + between;
    }

    /** What was chosen, for people. */
    public String description() {
        if (!group.sharesMemory()) {
            return "no memory is shared with other ranks";
        }
        return budgetBytes == 0
                ? "private, as the node has no shared memory to spare"
                : "up to " + megabytes(budgetBytes) + " of the node's shared memory a rank";
    }

    private static long pages(long bytes) {
        return (bytes + PAGE_BYTES - 1) & -PAGE_BYTES;
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }

    /** Frees everything that is left; after the group. */
    @Override
    public void close() {
        if (transit != null) {
            transit.close();
        }
        files.forEach(RegisteredBuffer::close);
        shared.values().forEach(RegisteredBuffer::close);
        owned.values().forEach(Arena::close);
        files.clear();
        shared.clear();
        owned.clear();
    }
}
