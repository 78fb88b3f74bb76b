package io.witan.runtime.state;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Where the regions of the training state lie. */
public interface StateMemory extends AutoCloseable {
    /** A named piece of state. */
    record Region(String key, long bytes) {}

    /** Makes room for all regions of a rank. */
    interface Factory {
        StateMemory allocate(List<Region> regions);
    }

    /** The region's memory in slot 0 or 1, 64-byte aligned; the same memory for both if updates are in place. */
    MemorySegment segment(String key, int slot);

    /** Number of different slots: 1 (in place) or 2. */
    int slotCount();

    /** True if a commit outlives the process; without, none need be made. */
    boolean keepsCommits();

    /** Declares the state of a completed step, which now lies in {@code slot}, worth keeping. */
    void commit(long step, int slot, byte[] engineState);

    @Override
    void close();

    /** Plain off-heap memory, updated in place; nothing survives the process. */
    static StateMemory inPlace(List<Region> regions) {
        Arena arena = Arena.ofShared();
        Map<String, MemorySegment> segments = new HashMap<>();
        for (Region region : regions) {
            segments.put(region.key(), arena.allocate(region.bytes(), 64));
        }
        return new StateMemory() {
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
            public void commit(long step, int slot, byte[] engineState) {}

            @Override
            public void close() {
                arena.close();
            }
        };
    }
}
