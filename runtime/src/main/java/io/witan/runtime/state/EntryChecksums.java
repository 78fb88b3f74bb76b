package io.witan.runtime.state;

import io.witan.kernels.AdamWKernel;
import io.witan.kernels.simd.WordSum;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/**
 * Checksums ({@link WordSum}) of what is being written to an entry's three regions, added up part by part by the threads that write them. Any
 * thread adds; who reads has waited for them.
 */
public final class EntryChecksums {
    /** Elements whose regions stay in a core's cache together. */
    private static final int PIECE = 1 << 14;

    private final List<MemorySegment> regions;
    private final LongAdder[] sums = {new LongAdder(), new LongAdder(), new LongAdder()};
    private final LongAdder covered = new LongAdder();

    /** @param written all of the entry's slot */
    EntryChecksums(AdamWKernel.State written) {
        regions = List.of(written.parameter(), written.firstMoment(), written.secondMoment());
    }

    /** Elements from .. from + count - 1 of all three are written. Each element once. */
    public void add(long from, long count) {
        for (int region = 0; region < sums.length; region++) {
            MemorySegment memory = regions.get(region);
            Objects.checkFromIndexSize(from * Float.BYTES, count * Float.BYTES, memory.byteSize());
            for (long at = from; at < from + count; at += PIECE) {
                int words = (int) Math.min(PIECE, from + count - at);
                sums[region].add(WordSum.of(memory.address() + at * Float.BYTES, at, words));
            }
        }
        covered.add(count);
    }

    /** True if so many elements have been added. */
    boolean covers(long count) {
        return covered.sum() == count;
    }

    /** @param region 0 parameters, 1 and 2 moments */
    int of(int region) {
        return (int) sums[region].sum();
    }
}
