package io.witan.collectives;

/** What a thread does that awaits an operation and finds nothing to move. */
public enum Idle {
    /** Looks again at once: lowest latency, for ranks that have a core each. */
    SPIN,
    /** Looks again after letting others run. */
    YIELD,
    /** Spins, then yields, then sleeps 20 us at a time. */
    BACKOFF
}
