package io.witan.collectives.engine;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** Adds terms when all are there, in slices. */
public final class Sum implements Phase.Action {
    private static final long SLICE_BYTES = 512 * 1024;

    private final SumKernel kernel;
    private final MemorySegment sum;
    private final List<Part> terms;
    private MemorySegment[] memory;
    private long doneBytes;

    /**
     * @param sum room for the result; may be exactly one of the terms
     * @param terms at least one, each as long as {@code sum}, a whole number of elements
     */
    public Sum(SumKernel kernel, MemorySegment sum, List<Part> terms) {
        this.kernel = kernel;
        this.sum = sum;
        this.terms = terms;
    }

    @Override
    public boolean step() {
        if (memory == null) {
            memory = terms.stream().map(Part::memory).toArray(MemorySegment[]::new);
        }
        long to = Math.min(sum.byteSize(), doneBytes + SLICE_BYTES);
        kernel.add(sum, memory, doneBytes, to);
        doneBytes = to;
        return doneBytes == sum.byteSize();
    }
}
