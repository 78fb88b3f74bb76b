package io.witan.collectives.shared;

import io.witan.collectives.wire.TransportException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;

/** The memory that a rank has for its peers to read. Made and freed by any thread. */
public final class OwnRegions {
    /** The longest last of those that begin alike, as mappings of one file do. */
    private static final Comparator<Region> BY_ADDRESS = Comparator.comparingLong(
                    (Region region) -> region.memory.address())
            .thenComparingLong(region -> region.memory.byteSize());

    private final NodeFiles files;
    private final int rank;
    /** By address. Replaced as a whole. */
    private volatile Region[] regions = {};

    private long made;
    private boolean closed;

    OwnRegions(NodeFiles files, int rank) {
        this.files = files;
        this.rank = rank;
    }

    /**
     * A new region of zeroes, which the caller closes.
     *
     * @throws TransportException if there is no room in the node's shared memory
     */
    @SuppressWarnings("MustBeClosedChecker") // closed by Region.close()
    public synchronized Region allocate(long bytes) {
        long id = next();
        Path file = files.region(rank, id);
        NodeFiles.delete(file); // left by a process of this rank that has ended
        try (FileChannel channel = NodeFiles.create(file, bytes)) {
            Arena arena = Arena.ofShared();
            return add(new Region(this, id, NodeFiles.map(channel, bytes, arena), arena));
        } catch (IOException refused) {
            NodeFiles.delete(file);
            throw new TransportException(
                    "cannot map " + bytes + " B of " + file + ": " + refused.getMessage(), refused);
        }
    }

    /**
     * A region of memory that the caller has mapped already: peers find the file by a link. Closing it leaves both alone.
     *
     * @param mapping of the file from its first byte
     * @throws TransportException if there is no such file, or it is shorter than its mapping
     */
    public synchronized Region register(Path file, MemorySegment mapping) {
        long id = next();
        Path link = files.region(rank, id);
        NodeFiles.delete(link); // left by a process of this rank that has ended
        try {
            Path target = file.toRealPath();
            if (Files.size(target) < mapping.byteSize()) {
                throw new TransportException("cannot share " + file + ": it has " + Files.size(target)
                        + " B, its mapping " + mapping.byteSize() + " B");
            }
            Files.createSymbolicLink(link, target);
            return add(new Region(this, id, mapping, null));
        } catch (IOException refused) {
            throw new TransportException("cannot share " + file + ": " + refused, refused);
        }
    }

    private long next() {
        if (closed) {
            throw new TransportException("the group of this memory is closed");
        }
        return made++;
    }

    private Region add(Region region) {
        Region[] grown = Arrays.copyOf(regions, regions.length + 1);
        grown[regions.length] = region;
        Arrays.sort(grown, BY_ADDRESS);
        regions = grown;
        return region;
    }

    /** The region in which all of this memory lies; null if it is not the peers' to read. */
    Region find(MemorySegment memory) {
        Region[] all = regions;
        int low = 0;
        int high = all.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (all[middle].memory.address() <= memory.address()) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low > 0 && all[low - 1].contains(memory) ? all[low - 1] : null;
    }

    /** No peer finds the memory any more; whoever has it may go on using it. */
    synchronized void close() {
        for (Region region : regions) {
            forget(region);
        }
        closed = true;
    }

    /** Once closed there is nothing left to delete: a file of that name may be another group's of the same ranks. */
    synchronized void forget(Region region) {
        if (!closed) {
            NodeFiles.delete(files.region(rank, region.id()));
        }
        regions = Arrays.stream(regions).filter(other -> other != region).toArray(Region[]::new);
    }

    /** Memory of this rank in a file. */
    public static final class Region implements AutoCloseable {
        private final OwnRegions owner;
        private final long id;
        private final MemorySegment memory;
        /** Null if the memory is the caller's. */
        private final Arena arena;

        private Region(OwnRegions owner, long id, MemorySegment memory, Arena arena) {
            this.owner = owner;
            this.id = id;
            this.memory = memory;
            this.arena = arena;
        }

        public MemorySegment memory() {
            return memory;
        }

        /** Frees it, if it was made here. No operation may be in flight on it. A second call does nothing. */
        @Override
        public void close() {
            owner.forget(this);
            if (arena != null && arena.scope().isAlive()) {
                arena.close();
            }
        }

        long id() {
            return id;
        }

        long offset(MemorySegment part) {
            return part.address() - memory.address();
        }

        private boolean contains(MemorySegment part) {
            long offset = offset(part);
            return part.isNative() && offset >= 0 && offset + part.byteSize() <= memory.byteSize();
        }
    }
}
