package io.witan.collectives.wire;

/** What a frame is for; the ordinal goes over the wire. All but DATA travel on the control stream. */
public enum FrameType {
    DATA,
    /** Rendezvous: run, rank, world size, configuration hash, instance, data path. */
    HELLO,
    HEARTBEAT,
    /** The lowest fault that the sender knows. */
    ABORT,
    /** The sender leaves; payload: operations that it completed on each lane. */
    LEAVE,
    /** The receiver of LEAVE needs nothing more from the leaver. */
    LEAVE_ACK;

    private static final FrameType[] ALL = values();

    /** The type with this code, or null. */
    public static FrameType of(int code) {
        return code >= 0 && code < ALL.length ? ALL[code] : null;
    }
}
