package io.witan.runtime.trace;

/**
 * One event of a rank's timeline. Times are in ns, on the clock of rank 0.
 *
 * @param name of an operation its method's, else that of the span
 * @param phase of a span on the compute lane; no meaning elsewhere
 * @param layer {@link Timeline#NONE}: of none
 * @param piece {@link Timeline#NONE}: of none
 * @param submittedNs of an operation: when it was called for; else as beginNs
 * @param beginNs of an operation: when it was first in line of its lane
 * @param sentBytes of an operation: payload that this rank sent
 */
public record TraceEvent(
        TraceLane lane,
        Span span,
        String name,
        Phase phase,
        long step,
        int layer,
        int piece,
        long submittedNs,
        long beginNs,
        long endNs,
        long sentBytes) {
    public long durationNs() {
        return endNs - beginNs;
    }
}
