package io.witan.collectives.wire;

/** What a peer has put where this rank reads it makes no sense. The transport itself goes on, so that others can be told. */
public final class BadPeerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int rank;

    /** @param rank of the peer */
    public BadPeerException(int rank, String message) {
        super(message);
        this.rank = rank;
    }

    public int rank() {
        return rank;
    }
}
