package io.witan.collectives.engine;

import java.lang.foreign.MemorySegment;

/** Copies a rank's own part; nothing to do where it already is in its place. Reused by its exchange. */
final class Copy implements Action {
    private Part from;
    private Part to;

    /** Both equally long; from is ready. */
    Copy set(Part source, Part target) {
        from = source;
        to = target;
        if (source.bytes() > 0 && isSamePlace(source, target)) {
            to.advance(to.bytes());
        }
        return this;
    }

    private static boolean isSamePlace(Part a, Part b) {
        return a.memory().address() + a.at() == b.memory().address() + b.at()
                && a.memory().heapBase().equals(b.memory().heapBase());
    }

    @Override
    public long step() {
        long done = to.readyBytes();
        long n = Math.min(Exchange.SLICE_BYTES, to.bytes() - done);
        if (n > 0) {
            MemorySegment.copy(from.memory(), from.at() + done, to.memory(), to.at() + done, n);
            to.advance(n);
        }
        return n;
    }

    @Override
    public boolean isDone() {
        return to.isReady();
    }
}
