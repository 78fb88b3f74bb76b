package io.witan.runtime.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.witan.kernels.simd.WordSum;
import io.witan.runtime.state.StateMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Two slots, in which a step may be committed only if the right checksum of each region was told. */
final class ToldMemory implements StateMemory {
    private final Arena arena = Arena.ofShared();
    private final Map<String, MemorySegment[]> slots = new HashMap<>();
    private final Map<String, Integer> told = new HashMap<>();
    private int toldSlot;
    private long commits;

    ToldMemory(List<Region> regions) {
        for (Region region : regions) {
            slots.put(
                    region.key(),
                    new MemorySegment[] {arena.allocate(region.bytes(), 64), arena.allocate(region.bytes(), 64)});
        }
    }

    @Override
    public MemorySegment segment(String key, int slot) {
        return slots.get(key)[slot];
    }

    @Override
    public int slotCount() {
        return 2;
    }

    @Override
    public boolean keepsCommits() {
        return true;
    }

    @Override
    public void written(String key, int slot, int checksum) {
        toldSlot = slot;
        assertThat(told.put(key, checksum)).as("%s is told once", key).isNull();
    }

    @Override
    public void commit(long step, int slot, byte[] engineState) {
        assertThat(toldSlot).isEqualTo(slot);
        assertThat(told).hasSameSizeAs(slots);
        told.forEach((key, checksum) ->
                assertThat(checksum).as("%s in step %d", key, step).isEqualTo(WordSum.of(segment(key, slot))));
        told.clear();
        commits++;
    }

    long commits() {
        return commits;
    }

    @Override
    public void close() {
        arena.close();
    }
}
