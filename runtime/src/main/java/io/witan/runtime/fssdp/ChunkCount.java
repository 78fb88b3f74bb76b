package io.witan.runtime.fssdp;

/** Buffers in use, by what they are for, and the most that were at once. */
final class ChunkCount {
    private int live;
    private int stepPeak;
    private int peak;

    void add(int chunks) {
        live += chunks;
        stepPeak = Math.max(stepPeak, live);
        peak = Math.max(peak, live);
    }

    /** A step begins. */
    void beginStep() {
        stepPeak = live;
    }

    /** Most since the step began. */
    int stepPeak() {
        return stepPeak;
    }

    /** Most ever. */
    int peak() {
        return peak;
    }
}
