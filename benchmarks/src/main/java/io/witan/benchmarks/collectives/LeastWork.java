package io.witan.benchmarks.collectives;

/**
 * Bytes that one rank at least has to copy, and to add to others, if the ranks of a node read each other's memory and share
 * the work (docs/measuring.md).
 *
 * @param added bytes of one operand
 */
record LeastWork(long copied, long added) {
    static final LeastWork NONE = new LeastWork(0, 0);

    static LeastWork copy(long bytes) {
        return new LeastWork(bytes, 0);
    }

    static LeastWork add(long bytes) {
        return new LeastWork(0, bytes);
    }
}
