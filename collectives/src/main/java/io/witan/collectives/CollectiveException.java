package io.witan.collectives;

/**
 * Why a collective failed, the same on every rank. The message names operation, step, layer, the rank at fault and both
 * sizes: {@code allToAllV step=812 layer=3: rank 2 ...}.
 */
public final class CollectiveException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    public enum Kind {
        /** A peer did not take part in time. */
        DEADLINE,
        /** A peer's process is gone or it left the group. */
        PEER_LOST,
        /** Ranks were started alike but for something, or called different operations, sizes or plans. */
        MISMATCH,
        /** Ranks did not find each other at the start. */
        RENDEZVOUS,
        /** The transport broke (its driver died, a frame could not be decoded). */
        TRANSPORT,
        /** Closed by this rank. */
        CLOSED
    }

    private final Kind kind;
    private final int rank;
    private final int worldRank;

    /** @param rank the rank at fault, -1 if none can be named */
    public CollectiveException(Kind kind, int rank, String message) {
        this(kind, rank, rank, message);
    }

    CollectiveException(Kind kind, int rank, int worldRank, String message) {
        super(message);
        this.kind = kind;
        this.rank = rank;
        this.worldRank = worldRank;
    }

    public Kind kind() {
        return kind;
    }

    /** The rank at fault, as its group numbers it; -1 if none can be named. */
    public int rank() {
        return rank;
    }

    /** The rank at fault, as the world numbers it; -1 if none can be named. */
    public int worldRank() {
        return worldRank;
    }
}
