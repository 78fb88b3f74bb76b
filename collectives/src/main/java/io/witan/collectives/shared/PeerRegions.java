package io.witan.collectives.shared;

import io.witan.collectives.wire.BadPeerException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** The regions of one peer that this rank has mapped, as it met them. One thread at a time. */
final class PeerRegions {
    private final NodeFiles files;
    private final int rank;
    private final Map<Long, Mapping> mappings = new HashMap<>();
    private Mapping latest = new Mapping(-1, null, MemorySegment.NULL, null);

    PeerRegions(NodeFiles files, int rank) {
        this.files = files;
        this.rank = rank;
    }

    /**
     * The region in which so many bytes lie at that offset.
     *
     * @throws BadPeerException if it is not there, or shorter than that
     */
    MemorySegment lent(long region, long offset, long bytes) {
        if (latest.region() != region) {
            latest = mapping(region);
        }
        MemorySegment memory = latest.memory();
        if (offset < 0 || bytes < 0 || offset > memory.byteSize() - bytes) {
            throw new BadPeerException(
                    rank,
                    "rank " + rank + " lends " + bytes + " B at " + offset + " of a region of " + memory.byteSize()
                            + " B");
        }
        return memory;
    }

    /** Adds the files in which the mapped regions lie. */
    void addFiles(Collection<Path> files) {
        mappings.values().forEach(mapping -> files.add(mapping.file()));
    }

    void close() {
        for (Mapping mapping : mappings.values()) {
            mapping.arena().close();
        }
        mappings.clear();
    }

    private Mapping mapping(long region) {
        Mapping known = mappings.get(region);
        if (known != null) {
            return known;
        }
        dropFreed();
        try {
            Mapping mapping = Mapping.of(region, files.region(rank, region).toRealPath());
            mappings.put(region, mapping);
            return mapping;
        } catch (IOException gone) {
            throw new BadPeerException(rank, "memory lent by rank " + rank + " cannot be mapped: " + gone.getMessage());
        }
    }

    private void dropFreed() {
        mappings.values().removeIf(mapping -> {
            boolean freed = !Files.exists(files.region(rank, mapping.region()), LinkOption.NOFOLLOW_LINKS);
            if (freed) {
                mapping.arena().close();
            }
            return freed;
        });
    }

    /** @param file of the region, or that its link leads to */
    private record Mapping(long region, Path file, MemorySegment memory, Arena arena) {
        @SuppressWarnings("MustBeClosedChecker") // closed by PeerRegions
        static Mapping of(long region, Path file) throws IOException {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                Arena arena = Arena.ofShared();
                return new Mapping(region, file, NodeFiles.map(channel, channel.size(), arena), arena);
            }
        }
    }
}
