package io.witan.collectives.engine;

/**
 * What a rank must know about its world.
 *
 * @param runId frames of other runs are dropped
 * @param configHash ranks with different hashes refuse each other at the rendezvous
 * @param deadlineNs of each operation, from the moment when it is first of its lane; the other times derive from it
 */
public record World(long runId, int rank, int size, int laneCount, long configHash, long deadlineNs) {
    private static final long MAX_HEARTBEAT_NS = 200_000_000L;
    private static final long MAX_SILENCE_NS = 4_000_000_000L;
    private static final long MAX_LINGER_NS = 5_000_000_000L;

    public long heartbeatNs() {
        return Math.min(deadlineNs / 20, MAX_HEARTBEAT_NS);
    }

    /** A peer that is silent for this long is lost. */
    public long silenceNs() {
        return Math.min(deadlineNs / 2, MAX_SILENCE_NS);
    }

    /** How long ranks wait for each other's view of a failure. */
    public long graceNs() {
        return deadlineNs / 4;
    }

    /** How long a leaving rank waits for peers that still need bytes from it. */
    public long lingerNs() {
        return Math.min(deadlineNs, MAX_LINGER_NS);
    }
}
