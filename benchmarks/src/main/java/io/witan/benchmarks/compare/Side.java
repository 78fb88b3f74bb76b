package io.witan.benchmarks.compare;

import java.util.Locale;

/** Whose runs are set beside each other; a file of rows is named {@code PAIR-side.jsonl}. */
enum Side {
    /** Over shared memory; waiting threads spin where each rank has a core. */
    WITAN,
    /** The same with yielding threads. */
    YIELD,
    /** Witan over Aeron. */
    AERON,
    /** Open MPI with single copies between processes. */
    CMA,
    /** Open MPI without. */
    NONE,
    GLOO;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    String fileName(int pair) {
        return pair + "-" + label() + ".jsonl";
    }
}
