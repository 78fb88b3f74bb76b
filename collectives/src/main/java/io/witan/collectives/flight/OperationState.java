package io.witan.collectives.flight;

/** How far an operation came. */
public enum OperationState {
    /** Called for; others of its lane were before it. */
    ENQUEUED,
    /** First of its lane: bytes moved, or could have. */
    STARTED,
    DONE
}
