package io.witan.collectives;

import io.witan.collectives.shared.OwnRegions;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** Buffers in files that the ranks of the node map. */
record SharedBuffers(OwnRegions regions) implements BufferSource {
    @Override
    public RegisteredBuffer allocate(long bytes) {
        return buffer(regions.allocate(bytes));
    }

    @Override
    public RegisteredBuffer register(Path file, MemorySegment mapping) {
        return buffer(regions.register(file, mapping));
    }

    @Override
    public boolean isShared() {
        return true;
    }

    private static RegisteredBuffer buffer(OwnRegions.Region region) {
        return new RegisteredBuffer(region.memory(), region::close);
    }
}
