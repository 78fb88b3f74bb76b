package io.witan.collectives.engine;

import java.lang.foreign.MemorySegment;

/** One exchange: at most one message to and one from each peer, then a local action. Built by one rank for itself. */
public final class Phase {
    /** What a rank does by itself when all bytes are there, in steps, so that more urgent lanes get their turn between. */
    @FunctionalInterface
    public interface Action {
        /** Does a part of the work; true once all is done. */
        boolean step();
    }

    private static final Action NOTHING = () -> true;

    private final Message[] sends;
    private final Message[] receives;
    private Action action = NOTHING;
    private boolean acted;

    public Phase(int worldSize) {
        sends = new Message[worldSize];
        receives = new Message[worldSize];
    }

    /**
     * Adds bytes to the message for a peer; a part of length 0 makes sure that there is one. The action may run before the
     * peer has read parts above {@link io.witan.collectives.wire.Transport#LARGEST_COPY_BYTES}, so it must not change them.
     */
    public Phase send(int target, MemorySegment part) {
        if (sends[target] == null) {
            sends[target] = new Message();
        }
        sends[target].add(Part.of(part));
        return this;
    }

    /** Adds room to the message from a peer; a part of length 0 makes sure that one is expected. */
    public Phase receive(int source, MemorySegment part) {
        receive(source, Part.of(part));
        return this;
    }

    /** Adds bytes from a peer which only the action reads: in place where they can be. */
    public Part borrow(int source, long bytes, Scratch scratch) {
        return receive(source, Part.borrowable(bytes, scratch));
    }

    /** What to do when all bytes are there; replaces an earlier action. */
    public Phase then(Action action) {
        this.action = action;
        return this;
    }

    /** Adds an empty message around the ring of ranks, so that every rank's call is compared with a neighbour's. */
    public Phase announce(int rank) {
        int size = sends.length;
        if (size > 1) {
            send((rank + 1) % size, MemorySegment.NULL);
            receive((rank + size - 1) % size, MemorySegment.NULL);
        }
        return this;
    }

    private Part receive(int source, Part part) {
        if (receives[source] == null) {
            receives[source] = new Message();
        }
        receives[source].add(part);
        return part;
    }

    Message toward(int target) {
        return sends[target];
    }

    Message from(int source) {
        return receives[source];
    }

    boolean owes(int source) {
        return receives[source] != null && !receives[source].isComplete();
    }

    /** Bytes for that rank were not handed over, or it still reads them. */
    boolean isOwed(int target) {
        return sends[target] != null && (!sends[target].isComplete() || sends[target].loan() > 0);
    }

    /** All bytes from peers are here, and all for peers handed over, if perhaps still being read. */
    boolean isExchanged() {
        for (int peer = 0; peer < sends.length; peer++) {
            if (owes(peer) || sends[peer] != null && !sends[peer].isComplete()) {
                return false;
            }
        }
        return true;
    }

    /** Peers have given back all that they were lent. */
    boolean isReturned() {
        for (Message send : sends) {
            if (send != null && send.loan() > 0) {
                return false;
            }
        }
        return true;
    }

    boolean hasActed() {
        return acted;
    }

    /** Does a part of the action. */
    void act() {
        acted = action.step();
    }
}
