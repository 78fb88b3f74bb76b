package io.witan.runtime.state;

import io.witan.runtime.engine.ExchangeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Plain off-heap memory; both slots are the same. */
final class InPlaceMemory implements StateMemory {
    private static final long ALIGNMENT = 64;

    private final Arena arena = Arena.ofShared();
    private final Map<String, MemorySegment> segments = new HashMap<>();

    InPlaceMemory(List<Region> regions, ExchangeMemory exchange) {
        for (Region region : regions) {
            segments.put(
                    region.key(),
                    region.lent() ? exchange.allocate(region.bytes()) : arena.allocate(region.bytes(), ALIGNMENT));
        }
    }

    @Override
    public MemorySegment segment(String key, int slot) {
        return segments.get(key);
    }

    @Override
    public int slotCount() {
        return 1;
    }

    @Override
    public boolean keepsCommits() {
        return false;
    }

    @Override
    public void commit(long step, int slot, byte[] engineState) {
        // Nothing outlives the process.
    }

    @Override
    public void close() {
        arena.close();
    }
}
