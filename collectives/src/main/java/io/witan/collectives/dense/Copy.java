package io.witan.collectives.dense;

import io.witan.collectives.engine.Phase;
import java.lang.foreign.MemorySegment;

/** Copies a rank's own part, in slices; nothing to do where it already is in its place. */
final class Copy implements Phase.Action {
    private static final long SLICE_BYTES = 1024 * 1024;

    private final MemorySegment to;
    private final MemorySegment from;
    private long doneBytes;

    /** Both equally long. */
    Copy(MemorySegment to, MemorySegment from) {
        this.to = to;
        this.from = from;
    }

    @Override
    public boolean step() {
        if (to.address() == from.address()) {
            return true;
        }
        long bytes = Math.min(SLICE_BYTES, to.byteSize() - doneBytes);
        MemorySegment.copy(from, doneBytes, to, doneBytes, bytes);
        doneBytes += bytes;
        return doneBytes == to.byteSize();
    }
}
