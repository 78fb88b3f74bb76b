package io.witan.collectives.engine;

/** What went wrong, most telling first: of two faults of one operation the earlier kind is the verdict. */
public enum FaultKind {
    MISMATCH,
    PEER_LOST,
    TRANSPORT,
    DEADLINE,
    RENDEZVOUS,
    CLOSED;

    private static final FaultKind[] ALL = values();

    static FaultKind of(int code) {
        return code >= 0 && code < ALL.length ? ALL[code] : TRANSPORT;
    }
}
