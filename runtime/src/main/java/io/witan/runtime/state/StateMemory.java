package io.witan.runtime.state;

import io.witan.runtime.engine.ExchangeMemory;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Where the regions of the training state lie. */
public interface StateMemory extends AutoCloseable {
    /**
     * A named piece of state.
     *
     * @param lent peers read it: an expert's parameters
     */
    record Region(String key, long bytes, boolean lent) {}

    /** Makes room for all regions of a rank. */
    interface Factory {
        /** @param exchange makes regions that are lent readable by peers; outlives the state */
        StateMemory allocate(List<Region> regions, ExchangeMemory exchange);
    }

    /** The region's memory in slot 0 or 1, 64-byte aligned; the same memory for both if updates are in place. */
    MemorySegment segment(String key, int slot);

    /** Number of different slots: 1 (in place) or 2. */
    int slotCount();

    /** True if a commit outlives the process; without, none need be made. */
    boolean keepsCommits();

    /** True if a step is kept in it, of this start or an earlier one. */
    default boolean holdsStep() {
        return false;
    }

    /**
     * Says that a region was just written, and its {@link io.witan.kernels.simd.WordSum}, so that a commit need not read it. A commit reads
     * what it was not told of. Who writes to the slot again before the commit has to tell of the region again.
     */
    default void written(String key, int slot, int checksum) {}

    /** Declares the state of a completed step, which now lies in {@code slot}, worth keeping. */
    void commit(long step, int slot, byte[] engineState);

    @Override
    void close();

    /** Plain off-heap memory, updated in place; nothing survives the process. */
    static StateMemory inPlace(List<Region> regions, ExchangeMemory exchange) {
        return new InPlaceMemory(regions, exchange);
    }
}
