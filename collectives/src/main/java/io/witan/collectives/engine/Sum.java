package io.witan.collectives.engine;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Adds terms as far as all of them are ready. Reused by its exchange. */
final class Sum implements Action {
    private SumKernel kernel;
    private Part sum;
    private Part[] terms = new Part[2];
    private MemorySegment[] memory = new MemorySegment[2];
    private long[] at = new long[2];
    private int count;
    private boolean settled;

    /** @param result room for the result, which may lie exactly where one of the terms does */
    Sum set(SumKernel by, Part result) {
        kernel = by;
        sum = result;
        count = 0;
        settled = false;
        return this;
    }

    /** At least one, in the order of the sum; each as long as the result. */
    void add(Part term) {
        if (count == terms.length) {
            terms = Arrays.copyOf(terms, 2 * count);
            at = new long[2 * count];
        }
        terms[count++] = term;
    }

    @Override
    public long step() {
        long done = sum.readyBytes();
        long n = Math.min(Exchange.SLICE_BYTES, readyBytes() - done);
        if (n <= 0) {
            return 0;
        }
        settle();
        kernel.add(sum.memory(), sum.at(), memory, at, done, done + n);
        sum.advance(n);
        return n;
    }

    @Override
    public boolean isDone() {
        return sum.isReady();
    }

    void clear() {
        Arrays.fill(memory, null);
    }

    /** Whole elements. */
    private long readyBytes() {
        long ready = terms[0].readyBytes();
        for (int i = 1; i < count; i++) {
            ready = Math.min(ready, terms[i].readyBytes());
        }
        return ready - ready % kernel.elementBytes();
    }

    private void settle() {
        if (settled) {
            return;
        }
        if (memory.length != count) {
            memory = new MemorySegment[count];
        }
        for (int i = 0; i < count; i++) {
            memory[i] = terms[i].memory();
            at[i] = terms[i].at();
        }
        settled = true;
    }
}
