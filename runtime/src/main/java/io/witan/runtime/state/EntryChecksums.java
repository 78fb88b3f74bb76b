package io.witan.runtime.state;

import io.witan.kernels.AdamWKernel;
import io.witan.kernels.simd.WordSum;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/**
 * Checksums ({@link WordSum}) of what is being written to an entry's three regions in host memory, added up part by part by the threads that
 * write them; and whether all of it was. Any thread adds; who reads has waited for them. Parts that overlap as far as others are missing are
 * not noticed here: the checksum is wrong then, and the step will not be taken up.
 */
public final class EntryChecksums {
    private final StateEntry entry;
    private final List<MemorySegment> regions;
    private final LongAdder[] sums = {new LongAdder(), new LongAdder(), new LongAdder()};
    private final LongAdder covered = new LongAdder();

    private EntryChecksums(StateEntry entry, List<MemorySegment> regions) {
        this.entry = entry;
        this.regions = regions;
    }

    /** @param written the slot of the entry that is written */
    static EntryChecksums of(StateEntry entry, AdamWKernel.State written) {
        return new EntryChecksums(entry, List.of(written.parameter(), written.firstMoment(), written.secondMoment()));
    }

    /** Counts what is written, for a memory that has no use for checksums. */
    static EntryChecksums none(StateEntry entry) {
        return new EntryChecksums(entry, List.of());
    }

    /** Elements from .. from + count - 1 of all three are written. Each element once. */
    public void add(long from, long count) {
        for (int region = 0; region < regions.size(); region++) {
            MemorySegment memory = regions.get(region);
            Objects.checkFromIndexSize(from * Float.BYTES, count * Float.BYTES, memory.byteSize());
            sums[region].add(WordSum.of(memory.address() + from * Float.BYTES, from, count));
        }
        covered.add(count);
    }

    /** @throws IllegalStateException if not all of the entry was written: the slot would hold parts of two steps */
    void requireAll() {
        if (covered.sum() != entry.count()) {
            throw new IllegalStateException("entry " + entry.key() + ": " + covered + " of " + entry.count()
                    + " elements were written to the next slot");
        }
    }

    /** Tells a memory of all of the entry's regions. @param slot that was written */
    void tell(StateMemory memory, int slot) {
        for (int region = 0; region < regions.size(); region++) {
            memory.written(entry.regions().get(region), slot, of(region));
        }
    }

    /** @param region 0 parameters, 1 and 2 moments */
    int of(int region) {
        return (int) sums[region].sum();
    }
}
